// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../src/interfaces/ILedger.sol";
import {EpochMembers} from "../src/types/EpochMembers.sol";
import {Fixture} from "./support/Fixture.sol";

/// @notice Certificates by hostile accounts: every result is true or false, and true only for what a quorum attested.
contract VerifyTest is Fixture {
    uint256 private constant CHAIN = 31_337;

    function _expect(bytes memory certificate, bool holds) private view {
        vm.assertTrue(ledger.verify(certificate, _current()) == holds);
    }

    /// @dev A certificate with a path, under a quorum of 3 of 4.
    function _valid(bytes32 seed) private view returns (bytes memory) {
        return _certificateOf(_headers(seed, 1, 5), 2, 1, 11);
    }

    function test_verify_quorum_holds(bytes32 seed, uint256 count, uint256 index) public view {
        count = _bound(count, 1, 65);
        index = _bound(index, 0, count - 1);
        bytes[] memory list = _headers(seed, 1, count);
        (bytes32 root, bytes memory path) = _tree(_digests(list), index);
        _expect(_certificate(list[index], index, path, 15, _sign(root, 1, 15)), true);
        _expect(_certificate(list[index], index, path, 14, _sign(root, 1, 14)), true);
        _expect(_certificate(list[index], index, path, 6, _sign(root, 1, 6)), false);
    }

    function test_verify_anyExpiry_holds(bytes32 seed, uint64 expiry) public view {
        // Whether a certificate holds says nothing of its expiry.
        _expect(_certify(_headerUntil(seed, 1, expiry >> 11), 1, 7), true);
    }

    function test_verify_membersOfSeveralShards_sumDecides(bytes32 seed, uint256 signers) public {
        uint256[] memory sizes = new uint256[](5);
        (sizes[0], sizes[1], sizes[2], sizes[3], sizes[4]) = (1, 2, 3, 4, 90);
        _deploy(100);
        uint32 epoch = _startEpoch(_sets(sizes));
        signers = _bound(signers, 1, 31);
        // 100 shards want 67: the last member decides alone.
        _expect(_certify(_header(seed, epoch), epoch, signers), signers >= 16);
    }

    function test_verify_manyMembers_holds() public {
        bytes32 seed = "many";
        _deploy(100);
        uint32 epoch = _startEpoch(_ones(100));
        uint256 signers = ((1 << 67) - 1) << 33;
        bytes memory certificate = _certify(_header(seed, epoch), epoch, signers);
        vm.assertEq(certificate.length, 3 + 100 + 2 + 1 + 1 + 13 + 64 * 67);
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
            bytes memory one = _flip(certificate, i, uint8(1 + random % 255));
            vm.assertFalse(ledger.verify(one, _current()), vm.toString(i));
            bytes memory other = _flip(certificate, i, uint8(1 << (random % 8)));
            vm.assertFalse(ledger.verify(other, _current()), vm.toString(i));
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

    function test_verify_pathLength_atMost9(bytes32 seed) public view {
        bytes memory header = _header(seed, 1);
        for (uint256 length = 0; length <= 12; length++) {
            bytes memory path = _path(seed, length);
            uint256 index = uint256(seed) % (1 << length);
            bytes32 root = _climb(_digestOf(header), index, path);
            _expect(_certificate(header, index, path, 15, _sign(root, 1, 15)), length <= 9);
        }
    }

    function test_verify_indexBeyondThePath_fails(bytes32 seed, uint256 length, uint256 index) public view {
        // The bits beyond the path would be a second encoding: the root stays the same.
        length = _bound(length, 0, 9);
        index = _bound(index, 1 << length, type(uint16).max);
        bytes memory header = _header(seed, 1);
        bytes memory path = _path(seed, length);
        bytes memory signatures = _sign(_climb(_digestOf(header), index, path), 1, 15);
        _expect(_certificate(header, index, path, 15, signatures), false);
        _expect(_certificate(header, index % (1 << length), path, 15, signatures), true);
    }

    function test_verify_anotherIndex_fails(bytes32 seed, uint256 length, uint256 index, uint256 other)
        public
        view
    {
        length = _bound(length, 1, 9);
        (index, other) = (_bound(index, 0, (1 << length) - 1), _bound(other, 0, (1 << length) - 1));
        vm.assume(index != other);
        bytes memory header = _header(seed, 1);
        bytes memory path = _path(seed, length);
        bytes memory signatures = _sign(_climb(_digestOf(header), index, path), 1, 15);
        _expect(_certificate(header, other, path, 15, signatures), false);
    }

    function _path(bytes32 seed, uint256 length) private pure returns (bytes memory path) {
        for (uint256 i = 0; i < length; i++) {
            path = bytes.concat(path, keccak256(abi.encode(seed, i)));
        }
    }

    function test_verify_signersNotCanonical_fails(bytes32 seed, uint256 zeros) public view {
        bytes memory header = _header(seed, 1);
        bytes memory signatures = _sign(_digestOf(header), 1, 15);
        zeros = _bound(zeros, 1, 40);
        bytes memory padded = bytes.concat(new bytes(zeros), hex"0f");
        _expect(_certificate(header, 0, "", bytes(hex"0f"), signatures), true);
        _expect(_certificate(header, 0, "", padded, signatures), false);
        _expect(_certificate(header, 0, "", new bytes(zeros), ""), false);
        _expect(_certificate(header, 0, "", bytes(""), ""), false);
        _expect(_certificate(header, 0, "", bytes(""), signatures), false);
    }

    function test_verify_signerOutside_fails(bytes32 seed, uint256 outside) public view {
        bytes memory header = _header(seed, 1);
        uint256 signers = 15 | (1 << _bound(outside, 4, 255));
        bytes memory signatures = _sign(_digestOf(header), 1, 15);
        _expect(_certificate(header, 0, "", signers, signatures), false);
        signatures = bytes.concat(signatures, _sign(_digestOf(header), 1, 8));
        _expect(_certificate(header, 0, "", signers, signatures), false);
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
        _expect(_certify(_headerUntil(seed, 1, expiry), 1, 15), expiry < 1 << 53);
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
        bytes memory header = _header(seed, epoch);
        bytes memory signatures = _signWith(keys, ledger.attestationDigest(_digestOf(header), 0), 15);
        bytes memory certificate = _certificate(header, 0, "", 15, signatures);
        _expect(certificate, false);
        EpochMembers memory none;
        vm.assertFalse(ledger.verify(certificate, none));
    }

    function test_verify_attestationOfAnotherEpoch_fails(bytes32 seed) public {
        // The same keys in two epochs: what they attested in one says nothing in the other.
        uint32 epoch = _startSame();
        bytes memory header = _header(seed, epoch);
        _expect(_certificate(header, 0, "", 15, _sign(_digestOf(header), 1, 15)), false);
        _expect(_certify(header, epoch, 15), true);
    }

    function test_verify_earlierEpoch_holds(bytes32 seed) public {
        bytes memory certificate = _valid(seed);
        _startEpoch(_ones(4));
        vm.assertTrue(ledger.verify(certificate, _membersOf(1)));
    }

    function test_verify_membersMismatch_reverts(bytes32 seed) public {
        bytes memory certificate = _valid(seed);
        EpochMembers memory wrong = _current();
        (wrong.members[0], wrong.members[1]) = (wrong.members[1], wrong.members[0]);
        bytes memory reason = abi.encodeWithSelector(
            ILedger.MembersMismatch.selector, 1, _rootOfMembers(_current()), _rootOfMembers(wrong)
        );
        vm.expectRevert(reason);
        ledger.verify(certificate, wrong);
        // What is no certificate is false, whatever the members.
        vm.assertFalse(ledger.verify(_prefix(certificate, 104), wrong));
    }

    function test_verify_dirtyMembers_reverts(bytes32 seed, uint256 index, uint256 bit) public view {
        bytes memory call = abi.encodeCall(ledger.verify, (_valid(seed), _current()));
        // Members are the tail of the call; the upper bytes of a signer's word are zero.
        uint256 word = call.length - 64 * (1 + _bound(index, 0, 3));
        (bool success, bytes memory result) =
            address(ledger).staticcall(_flip(call, word, uint8(1 << _bound(bit, 0, 7))));
        vm.assertFalse(success);
        vm.assertTrue(bytes4(result) == ILedger.MembersMismatch.selector);
    }

    function test_verify_anyGas_neverFalse(bytes32 seed, uint256 gas_) public view {
        bytes memory certificate = _valid(seed);
        (bool success, bytes memory result) = address(ledger).staticcall{gas: _bound(gas_, 0, 60_000)}(
            abi.encodeCall(ledger.verify, (certificate, _current()))
        );
        vm.assertTrue(!success || abi.decode(result, (bool)));
    }

    function test_verify_everyFewGas_neverFalse() public view {
        bytes memory call = abi.encodeCall(ledger.verify, (_valid("gas"), _current()));
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
        vm.assertFalse(another.verify(certificate, _current()));

        chain = _bound(chain, 1, type(uint64).max);
        vm.assume(chain != CHAIN);
        vm.chainId(chain);
        _expect(certificate, false);
        vm.chainId(CHAIN);
        _expect(certificate, true);
    }
}
