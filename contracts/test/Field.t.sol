// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Encoder} from "./support/Encoder.sol";
import {ILibraries} from "./support/ILibraries.sol";
import {Test} from "./support/Test.sol";

/// @notice The tables against schoolbook arithmetic, and the parity relation against polynomials.
contract FieldTest is Test {
    ILibraries private libraries;

    function setUp() public {
        libraries = ILibraries(vm.deployCode("LibrariesHarness.sol:LibrariesHarness"));
    }

    /// @dev `count` distinct points by a seed, in any order.
    function _points(bytes32 seed, uint256 count) private pure returns (bytes memory points) {
        bytes memory all = new bytes(256);
        for (uint256 i = 0; i < 256; i++) {
            all[i] = bytes1(uint8(i));
        }
        points = new bytes(count);
        for (uint256 i = 0; i < count; i++) {
            uint256 j = i + uint256(keccak256(abi.encode(seed, i))) % (256 - i);
            (all[i], all[j]) = (all[j], all[i]);
            points[i] = all[i];
        }
    }

    /// @dev A polynomial of degree < k at every point, by Horner.
    function _values(bytes32 seed, uint256 k, bytes memory points)
        private
        pure
        returns (bytes memory values)
    {
        values = new bytes(points.length);
        for (uint256 i = 0; i < points.length; i++) {
            uint256 sum = 0;
            for (uint256 j = 0; j < k; j++) {
                sum = Encoder.times(sum, uint8(points[i])) ^ uint8(uint256(keccak256(abi.encode(seed, j))));
            }
            values[i] = bytes1(uint8(sum));
        }
    }

    function _sum(bytes memory points, bytes memory values) private view returns (uint256 sum) {
        for (uint256 i = 0; i < points.length; i++) {
            sum ^= libraries.term(points, uint8(points[i]), uint8(values[i]));
        }
    }

    function test_term_ofTwoPoints_isTheQuotient() public view {
        // With two points the weight is the inverse of their distance: this is every quotient of the field.
        for (uint256 distance = 1; distance < 256; distance++) {
            uint256 weight = Encoder.inverse(distance);
            for (uint256 v = distance % 5; v < 256; v += 5) {
                uint256 quotient = libraries.term(abi.encodePacked(uint8(7), uint8(7 ^ distance)), 7, v);
                vm.assertEq(quotient, Encoder.times(weight, v));
            }
        }
    }

    function test_term_anyPolynomial_sumsToZero(bytes32 seed, uint256 k) public view {
        k = _bound(k, 1, 60);
        bytes memory points = _points(seed, k + 1);
        vm.assertEq(_sum(points, _values(seed, k, points)), 0);
    }

    function test_term_largestCommittee_sumsToZero() public view {
        bytes memory points = _points("largest", 172);
        vm.assertEq(_sum(points, _values("largest", 171, points)), 0);
    }

    function test_term_anyOtherValue_sumsToMore(bytes32 seed, uint256 k, uint256 index, uint8 mask)
        public
        view
    {
        vm.assume(mask != 0);
        k = _bound(k, 1, 40);
        bytes memory points = _points(seed, k + 1);
        bytes memory values = _values(seed, k, points);
        values[index % (k + 1)] ^= bytes1(mask);
        vm.assertTrue(_sum(points, values) != 0);
    }
}
