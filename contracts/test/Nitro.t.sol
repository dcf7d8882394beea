// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line} from "../src/types/Line.sol";
import {DisputesFixture} from "./support/DisputesFixture.sol";
import {Encoder} from "./support/Encoder.sol";
import {NitroFixture} from "./support/NitroFixture.sol";

/// @notice Which certificates are valid for Nitro: false for a bad one, a revert for bad bytes beside it, and for one certificate
/// never both results. The real prover runs in test/contracts/one-step-prover.test.ts.
contract NitroTest is DisputesFixture, NitroFixture {
    using Encoder for Encoder.Encoded;

    /// @dev 150 bytes, posted alone and signed by all.
    bytes private certificate;
    bytes private header;

    function setUp() public override {
        super.setUp();
        _deployValidator(disputes);
        Encoder.Encoded memory e = Encoder.encode(4, _batch("small", 150));
        header = _headerOf(e);
        certificate = _certificateOf(e);
        _postAlone(header);
    }

    function _members() private view returns (bytes memory) {
        return abi.encode(_membersOf(1));
    }

    /// @dev A header that can be posted, with a length that Nitro accepts.
    function _odd(bytes32 seed) private view returns (bytes memory any) {
        any = _header(seed, 1);
        any[35] |= 0x01;
    }

    function test_validate_posted_needsTheCertificatesOwnQuorum(bytes32 seed, uint256 signers) public {
        // Each certificate for itself, also where the header was posted with other signatures.
        signers = _bound(signers, 1, 15);
        bytes memory any = _odd(seed);
        _postAlone(any);
        vm.assertEq(_isValid(_certify(any, 1, signers), _members()), _popcount(signers) >= 3);
    }

    function test_validate_notPosted_isNot_untilItIsPosted(bytes32 seed, bytes memory beside) public {
        bytes memory any = _odd(seed);
        bytes memory certified = _certify(any, 1, 15);
        vm.assertTrue(ledger.verify(certified, _membersOf(1)));
        vm.assertFalse(_isValid(certified, WITHOUT_MEMBERS));
        vm.assertFalse(_isValid(certified, beside));
        vm.assertFalse(_isValid(certified, _members()));
        _postAlone(any);
        vm.assertTrue(_isValid(certified, _members()));
    }

    function test_validate_ofSeveral_atItsPlaceOnly(bytes32 seed, uint256 count, uint256 index) public {
        count = _bound(count, 2, 9);
        index %= count;
        bytes[] memory list = _headers(seed, 1, count);
        for (uint256 i = 0; i < count; i++) {
            list[i][35] |= 0x01;
        }
        _post(list, 1, 15);
        bytes memory certified = _certificateOf(list, index, 1, 7);
        vm.assertTrue(_isValid(certified, _members()));
        // The two bytes behind the header are the index.
        certified[104] ^= 0x01;
        vm.assertFalse(_isValid(certified, WITHOUT_MEMBERS));
    }

    function test_validate_expiryOutsideThePromise_isNot(bytes32 seed, uint64 expiry) public {
        // Posted with another header, which is why the post does not revert.
        expiry = uint64(_bound(expiry, START, START + 2 * PROMISE));
        bool stands = expiry >= START + NOTICE && expiry <= START + PROMISE;
        bytes[] memory list = new bytes[](2);
        list[0] = _headerUntil(seed, 1, expiry);
        list[0][35] |= 0x01;
        list[1] = _header(seed, 1);
        _post(list, 1, 15);
        bytes memory certified = _certificateOf(list, 0, 1, 15);
        vm.assertEq(_isValid(certified, _members()), stands);
        if (!stands) vm.assertFalse(_isValid(certified, WITHOUT_MEMBERS));
    }

    function test_validate_multipleOf32_isNot(bytes32 seed, uint8 last) public {
        bytes memory any = _header(seed, 1);
        any[35] = bytes1(last);
        // Not zero, and no more than the most.
        any[33] = 0x01;
        any[32] = 0x00;
        _postAlone(any);
        bytes memory certified = _certify(any, 1, 15);
        vm.assertTrue(ledger.verify(certified, _membersOf(1)));
        vm.assertEq(_isValid(certified, _members()), last % 32 != 0);
        if (last % 32 == 0) vm.assertFalse(_isValid(certified, WITHOUT_MEMBERS));
    }

    function test_validate_invalidated_isNot() public {
        Encoder.Encoded memory e = Encoder.encode(4, _batch("lie", 150));
        _flipAt(e.rows[3], 0);
        e.commit();
        _postAlone(_headerOf(e));
        bytes memory lie = _certificateOf(e);
        vm.assertTrue(_isValid(lie, _members()));
        Line memory line = Line({side: 1, index: 0, chunk: 0, byteIndex: 0, points: 11});
        disputes.disproveParity(_headerOf(e), 0, "", line, _openingsOf(e, line, 0, 3));
        // Nothing beside the certificate changes that.
        vm.assertFalse(_isValid(lie, _members()));
        vm.assertFalse(_isValid(lie, WITHOUT_MEMBERS));
        vm.assertTrue(_isValid(certificate, _members()));
    }

    function test_validate_invalidated_isNotWithAnotherCertificateOfTheHeader() public {
        bytes memory other = _certify(header, 1, 7);
        vm.assertTrue(_isValid(other, _members()));
        vm.deal(CHALLENGER, BOND);
        vm.prank(CHALLENGER);
        disputes.challenge{value: BOND}(header, 0, "", _at(0, 0, 0, 0));
        vm.warp(START + WINDOW + 1);
        disputes.expire(header, _at(0, 0, 0, 0));
        vm.assertFalse(_isValid(other, _members()));
        vm.assertFalse(_isValid(certificate, _members()));
    }

    function test_validate_badCertificate_isFalseWhateverIsBeside(bytes memory bad, bytes memory beside)
        public
        view
    {
        vm.assertFalse(_isValid(bad, beside));
        vm.assertFalse(_isValid(bytes.concat(hex"016601", bad), beside));
    }

    function test_validate_truncatedCertificate_isFalseWithoutMembers(uint256 length) public view {
        bytes memory truncated = _prefix(certificate, length % certificate.length);
        vm.assertFalse(_isValid(truncated, WITHOUT_MEMBERS));
        vm.assertFalse(_isValid(truncated, _members()));
    }

    function test_validate_epochUnknown_isFalseWhateverIsBeside(
        bytes32 seed,
        uint32 epoch,
        bytes memory beside
    ) public view {
        vm.assume(epoch != 1);
        bytes memory any = _header(seed, epoch);
        bytes memory certified = _certificate(any, 0, "", 15, _sign(_digestOf(any), 1, 15));
        vm.assertFalse(_isValid(certified, beside));
    }

    function test_validate_mutatedCertificate_isNeverTrue(uint256 index, uint8 mask) public view {
        vm.assume(mask != 0);
        vm.assertFalse(_isValid(_flip(certificate, index % certificate.length, mask), _members()));
    }

    function test_validate_otherMembers_reverts(uint256 index, uint8 mask, bytes memory other) public view {
        vm.assume(mask != 0);
        bytes memory members_ = _members();
        vm.assume(other.length != 0 && keccak256(other) != keccak256(members_));
        _expectReverts(_validity(certificate, _flip(members_, index % members_.length, mask)));
        _expectReverts(_validity(certificate, other));
        _expectReverts(_validity(certificate, bytes.concat(members_, hex"00")));
        _expectReverts(_validity(certificate, WITHOUT_MEMBERS));
        // A result of false for bad signatures cannot be had with members of another's choice either.
        _expectReverts(_validity(_certify(header, 1, 3), other));
    }

    function _expectReverts(bytes memory proof) private view {
        (bool success,) =
            address(validator).staticcall(abi.encodeCall(validator.validateCertificate, (proof)));
        vm.assertFalse(success);
    }

    function test_validate_truncatedProof_reverts(uint256 length) public view {
        bytes memory proof = _validity(certificate, _members());
        _expectReverts(_prefix(proof, length % proof.length));
    }

    function test_validate_certSizeOverTheEnd_reverts(uint64 size) public view {
        vm.assume(size > certificate.length);
        _expectReverts(bytes.concat(bytes8(size), certificate));
    }

    function test_validate_anyGas_neverFalse(uint256 amount) public view {
        _expectNeverFalse(_validity(certificate, _members()), _bound(amount, 0, 80_000));
    }

    function test_validate_everyFewGas_neverFalse() public view {
        bytes memory proof = _validity(certificate, _members());
        bool held = false;
        for (uint256 amount = 1000; amount < 90_000; amount += 53) {
            held = _expectNeverFalse(proof, amount) || held;
        }
        vm.assertTrue(held);
    }

    function _expectNeverFalse(bytes memory proof, uint256 amount) private view returns (bool success) {
        bytes memory result;
        (success, result) = address(validator).staticcall{gas: amount}(
            abi.encodeCall(validator.validateCertificate, (proof))
        );
        vm.assertTrue(!success || abi.decode(result, (bool)));
    }

    // Time

    function test_validate_anyTime_isTheSame(uint64 time, uint256 epochs) public {
        for (uint256 i = 0; i < epochs % 4; i++) {
            _startEpoch(_ones(4));
        }
        vm.warp(_bound(time, START, type(uint64).max));
        vm.assertTrue(_isValid(certificate, _members()));
    }

    function test_validate_afterTheNotice_noPostChangesIt(bytes32 seed, uint256 first, uint256 second)
        public
    {
        // The promise is at most 15 days from the post, and the post at least 7 days before expiry.
        bytes memory any = _odd(seed);
        bytes memory certified = _certify(any, 1, 15);
        uint256 settled = uint256(_word(any, 40)) >> 192;
        settled = settled - NOTICE;
        first = _bound(first, START, START + PROMISE);
        second = _bound(second, first, START + 2 * PROMISE);
        vm.warp(first);
        bytes memory signatures = _sign(_digestOf(any), 1, 15);
        try ledger.post(any, _membersOf(1), 15, signatures) {} catch {}
        bool valid = _isValid(certified, _members());
        vm.assertEq(valid, first <= settled);
        vm.warp(second);
        try ledger.postOne(any, 0, "", _membersOf(1), 15, signatures) {} catch {}
        if (first > settled) vm.assertEq(_isValid(certified, _members()), valid);
        vm.assertEq(_isValid(certified, _members()), first <= settled || second <= settled);
    }

    function test_validate_afterTheNotice_onlyAChallengeInTimeChangesIt(uint256 asked, uint256 ended) public {
        asked = _bound(asked, EXPIRY - NOTICE, EXPIRY + 2 * WINDOW);
        ended = _bound(ended, asked, EXPIRY + 10 * WINDOW);
        vm.warp(asked);
        vm.deal(CHALLENGER, BOND);
        vm.prank(CHALLENGER);
        bool open = false;
        try disputes.challenge{value: BOND}(header, 0, "", _at(0, 0, 0, 0)) {
            open = true;
        } catch {}
        vm.assertEq(open, asked <= EXPIRY);
        vm.warp(ended);
        bool expired = false;
        try disputes.expire(header, _at(0, 0, 0, 0)) {
            expired = true;
        } catch {}
        vm.assertEq(expired, open && ended > asked + WINDOW && ended <= asked + 2 * WINDOW);
        vm.assertTrue(!expired || ended <= EXPIRY + 2 * WINDOW);
        vm.assertEq(_isValid(certificate, _members()), !expired);
    }
}
