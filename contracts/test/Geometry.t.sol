// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILibraries} from "./support/ILibraries.sol";
import {Test} from "./support/Test.sol";

/// @notice The shape of what is stored, against the definitions of protocol §1 rather than the same formulas.
contract GeometryTest is Test {
    ILibraries private libraries;

    function setUp() public {
        libraries = ILibraries(vm.deployCode("LibrariesHarness.sol:LibrariesHarness"));
    }

    function test_isCommittee_anyShards_works(uint256 shards) public view {
        vm.assertTrue(libraries.isCommittee(shards) == (shards >= 4 && shards <= 255));
        for (shards = 0; shards < 300; shards++) {
            vm.assertTrue(libraries.isCommittee(shards) == (shards >= 4 && shards <= 255));
        }
    }

    function test_shape_everyCommittee_works() public view {
        for (uint256 n = 4; n <= 255; n++) {
            (uint256 f, uint256 r, uint256 c) = libraries.shape(n);
            vm.assertTrue(n >= 3 * f + 1 && n < 3 * (f + 1) + 1);
            vm.assertEq(r, n - 2 * f);
            vm.assertEq(c, n - f);
            // A quorum without its faulty shards still gives the batch back.
            vm.assertTrue(c - f >= r);
        }
    }

    function test_shape_designTable_works() public view {
        _expectShape(4, 1, 2, 3);
        _expectShape(7, 2, 3, 5);
        _expectShape(10, 3, 4, 7);
        _expectShape(31, 10, 11, 21);
        _expectShape(100, 33, 34, 67);
    }

    function _expectShape(uint256 n, uint256 f, uint256 r, uint256 c) private view {
        (uint256 faults, uint256 rows, uint256 columns) = libraries.shape(n);
        vm.assertEq(faults, f);
        vm.assertEq(rows, r);
        vm.assertEq(columns, c);
    }

    function test_symbolBytes_anyBatch_isLeastThatHoldsIt(uint256 n, uint256 length) public view {
        n = _bound(n, 4, 255);
        length = _bound(length, 1, 1 << 27);
        (, uint256 r, uint256 c) = libraries.shape(n);
        uint256 s = libraries.symbolBytes(n, length);
        vm.assertEq(s % 32, 0);
        vm.assertTrue(s * r * c >= length);
        vm.assertTrue((s - 32) * r * c < length);
    }

    function test_depth_anyWidth_isLeastThatHoldsIt(uint256 leaves) public view {
        leaves = _bound(leaves, 1, 1 << 40);
        uint256 depth = libraries.depth(leaves);
        vm.assertTrue(1 << depth >= leaves);
        vm.assertTrue(depth == 0 || 1 << (depth - 1) < leaves);
    }
}
