// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../src/interfaces/ILedger.sol";
import {Fixture} from "./support/Fixture.sol";
import {ILibraries} from "./support/ILibraries.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @notice Digests against EIP-712 spelled out, and roots against a tree built from the top and OpenZeppelin's proofs.
contract HeadersTest is Fixture {
    ILibraries private libraries;

    function setUp() public override {
        super.setUp();
        libraries = ILibraries(vm.deployCode("LibrariesHarness.sol:LibrariesHarness"));
    }

    function test_headerDigest_anyHeader_isEip712(bytes32 seed, uint32 epoch) public view {
        bytes memory header = _header(seed, epoch);
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

    function test_attestationDigest_anyRoot_isEip712(bytes32 headersRoot, uint32 epoch) public view {
        vm.assertEq(ledger.attestationDigest(headersRoot, epoch), _attestationDigestOf(headersRoot, epoch));
    }

    function _expectProof(bytes32 seed, uint256 count, uint256 index) private view {
        bytes32[] memory digests = _seeded(seed, count);
        (bytes32 expected, bytes32[] memory path) = _tree(digests, index);
        bytes32 root = libraries.rootOf(digests);
        vm.assertEq(root, expected);
        vm.assertTrue(MerkleProof.verify(path, root, digests[index]));
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

    function test_rootOf_1024Digests_pathOf10() public view {
        (, bytes32[] memory path) = _tree(_seeded("most", 1024), 777);
        vm.assertEq(path.length, 10);
        _expectProof("most", 1024, 777);
    }

    function test_climb_anyPath_isMerkleProof(bytes32 from, bytes32[] memory path) public view {
        vm.assertEq(libraries.climb(from, abi.encodePacked(path)), MerkleProof.processProof(path, from));
    }

    function _seeded(bytes32 seed, uint256 count) private pure returns (bytes32[] memory digests) {
        digests = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) {
            digests[i] = keccak256(abi.encode(seed, i));
        }
    }
}
