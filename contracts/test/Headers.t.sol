// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../src/interfaces/ILedger.sol";
import {Fixture} from "./support/Fixture.sol";
import {ILibraries} from "./support/ILibraries.sol";

/// @notice Digests against EIP-712 spelled out, and roots against a whole tree, padded and hashed level by level.
contract HeadersTest is Fixture {
    ILibraries private libraries;

    function setUp() public override {
        super.setUp();
        libraries = ILibraries(vm.deployCode("LibrariesHarness.sol:LibrariesHarness"));
    }

    function test_headerDigest_anyHeader_isEip712(bytes32 seed, uint32 epoch, uint64 expiry) public view {
        bytes memory header = _headerUntil(seed, epoch, expiry);
        vm.assertEq(ledger.headerDigest(header), _digestOf(header));
    }

    function test_headerDigest_anyFlippedBit_changes(bytes32 seed, uint256 index, uint256 bit) public view {
        bytes memory header = _header(seed, 1);
        bytes memory changed = _flip(header, _bound(index, 0, 99), uint8(1 << _bound(bit, 0, 7)));
        vm.assertTrue(ledger.headerDigest(header) != ledger.headerDigest(changed));
    }

    function test_headerDigest_lengthInvalid_reverts(uint256 length) public {
        length = _bound(length, 0, 200);
        vm.assume(length != 100);
        vm.expectRevert(abi.encodeWithSelector(ILedger.HeaderLengthInvalid.selector, length));
        ledger.headerDigest(new bytes(length));
    }

    function test_attestationDigest_anyRoots_isEip712(bytes32 headersRoot, bytes32 committeeRoot)
        public
        view
    {
        vm.assertEq(
            ledger.attestationDigest(headersRoot, committeeRoot),
            _attestationDigestOf(headersRoot, committeeRoot)
        );
    }

    function _expectProof(bytes32 seed, uint256 count, uint256 index) private view {
        bytes32[] memory digests = _seeded(seed, count);
        (bytes32 expected, bytes memory path) = _tree(digests, index);
        vm.assertEq(libraries.rootOf(digests), expected);
        vm.assertEq(libraries.climb(digests[index], index, path), expected);
        vm.assertTrue(libraries.isPlace(index, path));
    }

    function test_rootOf_oneTo65Digests_provesEveryOne() public view {
        for (uint256 count = 1; count <= 65; count++) {
            for (uint256 i = 0; i < count; i += 5) {
                _expectProof("every", count, i);
            }
            _expectProof("every", count, count - 1);
        }
    }

    function test_rootOf_anyDigests_provesAnyOne(bytes32 seed, uint256 count, uint256 index) public view {
        count = _bound(count, 1, 150);
        _expectProof(seed, count, _bound(index, 0, count - 1));
    }

    function test_rootOf_512Digests_pathOf9() public view {
        (, bytes memory path) = _tree(_seeded("most", 512), 333);
        vm.assertEq(path.length, 9 * 32);
        _expectProof("most", 512, 333);
    }

    function test_rootOf_oneDigest_isTheDigest(bytes32 digest) public view {
        bytes32[] memory digests = new bytes32[](1);
        digests[0] = digest;
        vm.assertEq(libraries.rootOf(digests), digest);
        vm.assertEq(libraries.climb(digest, 0, ""), digest);
    }

    function test_rootOf_digestsSwapped_changes(bytes32 seed, uint256 count, uint256 i, uint256 j)
        public
        view
    {
        count = _bound(count, 2, 40);
        (i, j) = (_bound(i, 0, count - 1), _bound(j, 0, count - 1));
        vm.assume(i != j);
        bytes32[] memory digests = _seeded(seed, count);
        bytes32 root = libraries.rootOf(digests);
        (digests[i], digests[j]) = (digests[j], digests[i]);
        vm.assertTrue(libraries.rootOf(digests) != root);
    }

    function test_climb_anyOtherPlace_leadsElsewhere(
        bytes32 seed,
        uint256 count,
        uint256 index,
        uint256 other
    ) public view {
        count = _bound(count, 2, 40);
        index = _bound(index, 0, count - 1);
        bytes32[] memory digests = _seeded(seed, count);
        (bytes32 root, bytes memory path) = _tree(digests, index);
        other = _bound(other, 0, (1 << (path.length / 32)) - 1);
        vm.assume(other != index);
        vm.assertTrue(libraries.climb(digests[index], other, path) != root);
    }

    function test_climb_anyPath_isTheTree(bytes32 from, uint256 index, bytes32[] memory hashes) public view {
        bytes memory path = abi.encodePacked(hashes);
        vm.assertEq(libraries.climb(from, index, path), _climb(from, index, path));
    }

    function test_isPlace_wholeHashes_atMost9_indexBelow(uint256 index, uint256 length) public view {
        length = _bound(length, 0, 352);
        index >>= 200 + uint256(keccak256(abi.encode(index, length))) % 56;
        bool whole = length % 32 == 0 && length <= 288;
        vm.assertTrue(libraries.isPlace(index, new bytes(length)) == (whole && index < 1 << (length / 32)));
    }

    function test_isPlace_everyDepth_works() public view {
        for (uint256 depth = 0; depth <= 12; depth++) {
            bytes memory path = new bytes(32 * depth);
            vm.assertTrue(libraries.isPlace((1 << depth) - 1, path) == (depth <= 9));
            vm.assertFalse(libraries.isPlace(1 << depth, path));
            vm.assertFalse(libraries.isPlace(type(uint256).max, path));
        }
    }

    function _seeded(bytes32 seed, uint256 count) private pure returns (bytes32[] memory digests) {
        digests = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) {
            digests[i] = keccak256(abi.encode(seed, i));
        }
    }
}
