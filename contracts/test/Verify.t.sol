// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../src/interfaces/ILedger.sol";
import {Member} from "../src/types/Member.sol";
import {Fixture} from "./support/Fixture.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @notice Certificates by hostile accounts: every result is true or false, and true only for what a quorum attested.
contract VerifyTest is Fixture {
    uint256 private constant CHAIN = 31_337;

    function _expect(bytes memory certificate, bool holds) private view {
        vm.assertTrue(ledger.verify(certificate, members) == holds);
    }

    /// @dev A certificate with a path, under a quorum of 3 of 4.
    function _valid(bytes32 seed) private view returns (bytes memory) {
        bytes[] memory list = _headers(seed, 1, 5);
        (bytes32 root, bytes32[] memory path) = _tree(_digests(list), 2);
        return _certificate(list[2], path, 11, _sign(root, 1, 11));
    }

    function test_verify_quorum_holds(bytes32 seed, uint256 count, uint256 index) public view {
        count = _bound(count, 1, 65);
        index = _bound(index, 0, count - 1);
        bytes[] memory list = _headers(seed, 1, count);
        (bytes32 root, bytes32[] memory path) = _tree(_digests(list), index);
        _expect(_certificate(list[index], path, 15, _sign(root, 1, 15)), true);
        _expect(_certificate(list[index], path, 14, _sign(root, 1, 14)), true);
        _expect(_certificate(list[index], path, 6, _sign(root, 1, 6)), false);
    }

    function test_verify_membersOfSeveralShards_sumDecides(bytes32 seed, uint256 signers) public {
        uint16[] memory shards = new uint16[](5);
        (shards[0], shards[1], shards[2], shards[3], shards[4]) = (1, 2, 3, 4, 90);
        uint32 epoch = _startEpoch(shards);
        signers = _bound(signers, 1, 31);
        // 100 shards want 67: the last member decides alone.
        _expect(_certify(_header(seed, epoch), epoch, signers), signers >= 16);
    }

    function test_verify_manyMembers_holds() public {
        bytes32 seed = "many";
        uint32 epoch = _startEpoch(_ones(100));
        uint256 signers = ((1 << 67) - 1) << 33;
        bytes memory certificate = _certify(_header(seed, epoch), epoch, signers);
        vm.assertEq(certificate.length, 3 + 100 + 1 + 1 + 13 + 64 * 67);
        _expect(certificate, true);
        signers &= signers - 1;
        _expect(_certify(_header(seed, epoch), epoch, signers), false);
    }

    function test_verify_everyTruncation_fails() public view {
        bytes memory certificate = _valid("truncated");
        _expect(certificate, true);
        for (uint256 length = 0; length < certificate.length; length++) {
            _expect(_prefix(certificate, length), false);
        }
    }

    function test_verify_extended_fails(bytes32 seed, bytes memory more) public view {
        vm.assume(more.length > 0);
        _expect(bytes.concat(_valid(seed), more), false);
    }

    function test_verify_extendedByEveryLength_fails() public view {
        bytes memory certificate = _valid("extended");
        for (uint256 length = 1; length <= 130; length++) {
            _expect(bytes.concat(certificate, new bytes(length)), false);
        }
    }

    function test_verify_everyPositionMutated_fails() public view {
        bytes memory certificate = _valid("mutated");
        for (uint256 i = 0; i < certificate.length; i++) {
            uint256 random = uint256(keccak256(abi.encode(i)));
            vm.assertFalse(
                ledger.verify(_flip(certificate, i, uint8(1 + random % 255)), members), vm.toString(i)
            );
            vm.assertFalse(
                ledger.verify(_flip(certificate, i, uint8(1 << (random % 8))), members), vm.toString(i)
            );
        }
    }

    function test_verify_anyMutation_fails(bytes32 seed, uint256 index, uint8 mask) public view {
        vm.assume(mask != 0);
        bytes memory certificate = _valid(seed);
        _expect(_flip(certificate, index % certificate.length, mask), false);
    }

    function test_verify_anyBytes_fails(bytes memory certificate) public view {
        _expect(certificate, false);
        _expect(bytes.concat(hex"016601", certificate), false);
    }

    function test_verify_anySpliced_fails(bytes32 seed, uint256 from, uint256 to, bytes memory noise)
        public
        view
    {
        bytes memory certificate = _valid(seed);
        from %= certificate.length;
        to = from + to % (certificate.length - from);
        bytes memory tail = new bytes(certificate.length - to);
        for (uint256 i = 0; i < tail.length; i++) {
            tail[i] = certificate[to + i];
        }
        bytes memory spliced = bytes.concat(_prefix(certificate, from), noise, tail);
        vm.assume(keccak256(spliced) != keccak256(certificate));
        _expect(spliced, false);
    }

    function test_verify_pathLength_atMost16(bytes32 seed) public view {
        bytes memory header = _header(seed, 1);
        for (uint256 length = 0; length <= 20; length++) {
            bytes32[] memory path = new bytes32[](length);
            for (uint256 i = 0; i < length; i++) {
                path[i] = keccak256(abi.encode(seed, i));
            }
            bytes32 root = MerkleProof.processProof(path, _digestOf(header));
            _expect(_certificate(header, path, 15, _sign(root, 1, 15)), length <= 16);
        }
    }

    function test_verify_signersNotCanonical_fails(bytes32 seed, uint256 zeros) public view {
        bytes memory header = _header(seed, 1);
        bytes memory signatures = _sign(_digestOf(header), 1, 15);
        bytes32[] memory path = new bytes32[](0);
        zeros = _bound(zeros, 1, 40);
        bytes memory padded = bytes.concat(new bytes(zeros), hex"0f");
        _expect(_certificate(header, path, bytes(hex"0f"), signatures), true);
        _expect(_certificate(header, path, padded, signatures), false);
        _expect(_certificate(header, path, new bytes(zeros), ""), false);
        _expect(_certificate(header, path, bytes(""), ""), false);
        _expect(_certificate(header, path, bytes(""), signatures), false);
    }

    function test_verify_signerOutside_fails(bytes32 seed, uint256 outside) public view {
        bytes memory header = _header(seed, 1);
        uint256 signers = 15 | (1 << _bound(outside, 4, 255));
        bytes memory signatures = _sign(_digestOf(header), 1, 15);
        _expect(_certificate(header, new bytes32[](0), signers, signatures), false);
        signatures = bytes.concat(signatures, _sign(_digestOf(header), 1, 8));
        _expect(_certificate(header, new bytes32[](0), signers, signatures), false);
    }

    function test_verify_lengthOfNoBatch_fails(bytes32 seed, uint32 length) public view {
        bytes memory header = _header(seed, 1);
        bytes4 packed = bytes4(length);
        for (uint256 i = 0; i < 4; i++) {
            header[32 + i] = packed[i];
        }
        _expect(_certify(header, 1, 15), length >= 1 && length <= 1 << 27);
    }

    function test_verify_expiryBeyondExactNumbers_fails(bytes32 seed, uint64 expiry) public view {
        bytes memory header = _header(seed, 1);
        bytes8 packed = bytes8(expiry);
        for (uint256 i = 0; i < 8; i++) {
            header[40 + i] = packed[i];
        }
        _expect(_certify(header, 1, 15), expiry < 1 << 53);
    }

    function test_verify_expiryBounds_works(bytes32 seed) public view {
        test_verify_expiryBeyondExactNumbers_fails(seed, 0);
        test_verify_expiryBeyondExactNumbers_fails(seed, (1 << 53) - 1);
        test_verify_expiryBeyondExactNumbers_fails(seed, 1 << 53);
        test_verify_expiryBeyondExactNumbers_fails(seed, type(uint64).max);
    }

    function test_verify_lengthBounds_works(bytes32 seed) public view {
        test_verify_lengthOfNoBatch_fails(seed, 0);
        test_verify_lengthOfNoBatch_fails(seed, 1);
        test_verify_lengthOfNoBatch_fails(seed, 1 << 27);
        test_verify_lengthOfNoBatch_fails(seed, (1 << 27) + 1);
    }

    function test_verify_epochUnknown_fails(bytes32 seed, uint32 epoch) public view {
        vm.assume(epoch != 1);
        bytes memory certificate = _certify(_header(seed, epoch), epoch, 15);
        _expect(certificate, false);
        vm.assertFalse(ledger.verify(certificate, new Member[](0)));
    }

    function test_verify_attestationOfAnotherEpoch_fails(bytes32 seed) public {
        // The same keys in two epochs: what they attested in one says nothing in the other.
        uint32 epoch = committee.startEpoch(members, _endpoints(4));
        bytes memory header = _header(seed, epoch);
        bytes memory signatures = _sign(_digestOf(header), 1, 15);
        _expect(_certificate(header, new bytes32[](0), 15, signatures), false);
        _expect(_certify(header, epoch, 15), true);
    }

    function test_verify_earlierEpoch_holds(bytes32 seed) public {
        bytes memory certificate = _valid(seed);
        Member[] memory first = members;
        _startEpoch(_ones(7));
        vm.assertTrue(ledger.verify(certificate, first));
    }

    function test_verify_membersMismatch_reverts(bytes32 seed) public {
        bytes memory certificate = _valid(seed);
        Member[] memory wrong = members;
        (wrong[0], wrong[1]) = (wrong[1], wrong[0]);
        bytes memory reason = abi.encodeWithSelector(
            ILedger.MembersMismatch.selector, 1, keccak256(abi.encode(members)), keccak256(abi.encode(wrong))
        );
        vm.expectRevert(reason);
        ledger.verify(certificate, wrong);
        // What is no certificate is false, whatever the members.
        vm.assertFalse(ledger.verify(_prefix(certificate, 104), wrong));
    }

    function test_verify_dirtyMembers_reverts(bytes32 seed, uint256 index, uint256 bit) public view {
        bytes memory call = abi.encodeCall(ledger.verify, (_valid(seed), members));
        // Members are the tail of the call; the upper bytes of a shards word are zero.
        uint256 word = call.length - 96 * (1 + _bound(index, 0, 3)) + 32;
        (bool success, bytes memory result) =
            address(ledger).staticcall(_flip(call, word, uint8(1 << _bound(bit, 0, 7))));
        vm.assertFalse(success);
        vm.assertTrue(bytes4(result) == ILedger.MembersMismatch.selector);
    }

    function test_verify_anyGas_neverFalse(bytes32 seed, uint256 gas_) public view {
        bytes memory certificate = _valid(seed);
        (bool success, bytes memory result) = address(ledger).staticcall{gas: _bound(gas_, 0, 60_000)}(
            abi.encodeCall(ledger.verify, (certificate, members))
        );
        vm.assertTrue(!success || abi.decode(result, (bool)));
    }

    function test_verify_everyFewGas_neverFalse() public view {
        bytes memory call = abi.encodeCall(ledger.verify, (_valid("gas"), members));
        bool held = false;
        for (uint256 amount = 1000; amount < 60_000; amount += 37) {
            (bool success, bytes memory result) = address(ledger).staticcall{gas: amount}(call);
            vm.assertTrue(!success || abi.decode(result, (bool)));
            held = held || success;
        }
        vm.assertTrue(held);
    }

    function test_verify_anotherLedgerOrChain_fails(bytes32 seed, uint256 chain) public {
        bytes memory certificate = _valid(seed);
        ILedger another = _deployLedger();
        vm.assertFalse(another.verify(certificate, members));

        chain = _bound(chain, 1, type(uint64).max);
        vm.assume(chain != CHAIN);
        vm.chainId(chain);
        _expect(certificate, false);
        vm.chainId(CHAIN);
        _expect(certificate, true);
    }
}
