// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/interfaces/IDisputes.sol";
import {ILedger} from "../src/interfaces/ILedger.sol";
import {EpochMembers} from "../src/types/EpochMembers.sol";
import {Line} from "../src/types/Line.sol";
import {Member} from "../src/types/Member.sol";
import {Position} from "../src/types/Position.sol";
import {QuorumFlaw} from "../src/types/QuorumFlaw.sol";
import {DisputesFixture} from "./support/DisputesFixture.sol";
import {Encoder} from "./support/Encoder.sol";
import {NitroFixture} from "./support/NitroFixture.sol";

/// @notice The attacks on disputes that an audit of protocol 1 showed, by their numbers there: none works any more. Those on
/// stakes and posts are in AuditStakesAndPosts.t.sol.
contract AuditDisputesTest is DisputesFixture, NitroFixture {
    using Encoder for Encoder.Encoded;

    address private constant FRIEND = address(0xF1E);

    function setUp() public override {
        super.setUp();
        _deployValidator(disputes);
    }

    function _challenge(address by, bytes memory header, Position memory p) private {
        vm.deal(by, BOND);
        vm.prank(by);
        disputes.challenge{value: BOND}(header, 0, "", p);
    }

    function _expectRefused(address by, bytes memory header, Position memory p, bytes4 reason) private {
        vm.deal(by, BOND);
        vm.expectPartialRevert(reason);
        vm.prank(by);
        disputes.challenge{value: BOND}(header, 0, "", p);
    }

    /// @dev A batch with a column that lies.
    function _lie(bytes32 seed) private pure returns (Encoder.Encoded memory e) {
        e = Encoder.encode(4, _batch(seed, 150));
        _flipAt(e.rows[3], 0);
        e.commit();
    }

    /// @dev The evidence against it.
    function _prove(Encoder.Encoded memory e, address by) private {
        Line memory line = Line({side: 1, index: 0, chunk: 0, byteIndex: 0, points: 11});
        bytes[] memory openings = _openingsOf(e, line, 0, 3);
        bytes memory header = _headerOf(e);
        vm.prank(by);
        disputes.disproveParity(header, 0, "", line, openings);
    }

    // 1. A certificate was valid permanently, also when nothing about it could be disputed any more.

    /// forge-config: default.fuzz.runs = 64
    function test_audit1_certificateKeptBackUntilItCanBeDisputedNoMore_isInvalidPermanently(uint256 time)
        public
    {
        Encoder.Encoded memory e = _lie("kept back");
        bytes memory certificate = _certificateOf(e);
        bytes memory header = _headerOf(e);
        EpochMembers memory epochMembers = _current();
        bytes memory signatures = _sign(_digestOf(header), 1, 15);
        vm.assertFalse(_isValid(certificate, WITHOUT_MEMBERS));
        vm.warp(_bound(time, EXPIRY - NOTICE + 1, EXPIRY + 3650 days));
        vm.expectPartialRevert(ILedger.TooLateToPost.selector);
        ledger.post(header, epochMembers, 15, signatures);
        vm.expectPartialRevert(ILedger.TooLateToPost.selector);
        ledger.postOne(header, 0, "", epochMembers, 15, signatures);
        vm.assertFalse(_isValid(certificate, WITHOUT_MEMBERS));
        vm.assertFalse(_isValid(certificate, abi.encode(epochMembers)));
    }

    /// forge-config: default.fuzz.runs = 64
    function test_audit1_certificateKeptBackAndPostedWithALaterHeader_isInvalidPermanently(uint256 time)
        public
    {
        // One headersRoot for both, so that the post does not revert.
        time = _bound(time, EXPIRY - NOTICE + 1, EXPIRY + 5 days);
        bytes[] memory list = new bytes[](2);
        list[0] = _headerOf(_lie("kept back"));
        list[1] = _headerUntil("later", 1, uint64(time + NOTICE));
        vm.warp(time);
        _post(list, 1, 15);
        bytes memory certificate = _certificateOf(list, 0, 1, 15);
        vm.assertFalse(_isValid(certificate, WITHOUT_MEMBERS));
        vm.assertTrue(ledger.verify(certificate, _current()));
    }

    function test_audit1_pairThatNoOneCanOpen_isInvalidBeforeThePromiseEnds() public {
        // Posted in the last second in which that is possible.
        bytes memory header = _headerOf(Encoder.encode(4, _batch("no one", 150)));
        bytes memory certificate = _certify(header, 1, 15);
        vm.warp(EXPIRY - NOTICE);
        _postAlone(header);
        vm.assertTrue(_isValid(certificate, abi.encode(_current())));
        _challenge(CHALLENGER, header, _at(0, 0, 0, 0));
        vm.warp(block.timestamp + WINDOW + 1);
        disputes.expire(header, _at(0, 0, 0, 0));
        vm.assertTrue(block.timestamp < EXPIRY);
        vm.assertFalse(_isValid(certificate, WITHOUT_MEMBERS));
        vm.warp(EXPIRY + 3650 days);
        vm.assertFalse(_isValid(certificate, WITHOUT_MEMBERS));
    }

    // 2. A disperser was fined over headers that it never signed.

    /// forge-config: default.fuzz.runs = 64
    function test_audit2_ownerWithItsOwnCommittee_finesNoDisperser(bytes memory any) public {
        // All keys of an epoch, a header in the disperser's name, a lie in it, and no chunk of it.
        _startEpoch(_ones(4));
        Encoder.Encoded memory e = _lie("not asked for");
        bytes memory header = _headerOf(e);
        _postAlone(header);
        _challenge(FRIEND, header, _at(0, 0, 0, 0));
        vm.warp(START + WINDOW + 1);
        disputes.expire(header, _at(0, 0, 0, 0));
        _prove(e, FRIEND);
        bytes32 digest = _digestOf(header);
        bytes[3] memory signatures = [any, _sign(digest, 2, 1), _requested(_headerOf(_lie("another")))];
        for (uint256 i = 0; i < 3; i++) {
            vm.expectRevert(abi.encodeWithSelector(IDisputes.NotSigned.selector, DISPERSER, digest));
            disputes.fineDisperserOverInconsistent(header, signatures[i]);
        }
        vm.warp(block.timestamp + WINDOW + 1);
        for (uint256 i = 0; i < 3; i++) {
            vm.expectRevert(abi.encodeWithSelector(IDisputes.NotSigned.selector, DISPERSER, digest));
            disputes.fineDisperserOverWithheld(header, 0, signatures[i]);
        }
        vm.assertEq(disputes.depositOf(DISPERSER), DEPOSIT);
    }

    // 3. Operators that withheld together escaped every fine.

    struct Ring {
        Encoder.Encoded encoded;
        bytes header;
        bytes32 digest;
        bytes32 root;
        uint256 first;
        uint256 second;
        uint256 left;
    }

    /// @dev Two operators of seven withhold what they attested to, and the disperser garbled the pair of a third, which did not attest.
    /// The post leaves the first one's signature out.
    function _ring() private returns (Ring memory ring) {
        _redeploy(7);
        ring.encoded = Encoder.encode(7, _batch("ring", 150));
        ring.header = _headerOf(ring.encoded);
        ring.digest = _digestOf(ring.header);
        ring.root = ring.encoded.root;
        ring.first = _holder(ring.root, 0);
        ring.second = _holder(ring.root, 1);
        ring.left = _holder(ring.root, 2);
        uint256 signers = _all() & ~(1 << ring.first) & ~(1 << ring.left);
        ledger.post(ring.header, _current(), signers, _sign(ring.digest, 1, signers));
    }

    /// @dev The friend comes first, and the honest challenger asks for more of the same pair a moment later.
    function _expireFirst(Ring memory ring) private {
        _challenge(FRIEND, ring.header, _at(0, 0, 0, 0));
        vm.warp(START + 10);
        _challenge(CHALLENGER, ring.header, _at(0, 0, 1, 0));
        vm.warp(START + WINDOW + 1);
        vm.prank(FRIEND);
        disputes.expire(ring.header, _at(0, 0, 0, 0));

        // The holder answers the honest challenge: it earns half of that bond, and is fined all the same, because its pair has expired.
        bytes memory opening = ring.encoded.open(0, 0, 1, 0);
        vm.prank(members[ring.first].signer);
        disputes.answer(ring.header, opening);
        vm.assertEq(disputes.creditOf(members[ring.first].signer), BOND / 2);
        vm.assertEq(disputes.creditOf(CHALLENGER), 0);
    }

    /// @dev The header is invalid, and the other pairs can still be asked for.
    function _expireOthers(Ring memory ring) private {
        _challenge(CHALLENGER, ring.header, _at(1, 1, 0, 0));
        _challenge(CHALLENGER, ring.header, _at(2, 0, 0, 0));
        vm.warp(block.timestamp + WINDOW + 1);
        disputes.expire(ring.header, _at(1, 1, 0, 0));
        disputes.expire(ring.header, _at(2, 0, 0, 0));
    }

    function test_audit3_ring_everyGuiltyDepositIsFinedAndNoHonestOne() public {
        Ring memory ring = _ring();
        _expireFirst(ring);
        // Its attestation is in no post, and counts wherever it comes from.
        disputes.fineHolder(ring.header, 0, _attestedAlone(ring.header, 1, ring.first), _current());
        _expireOthers(ring);
        disputes.fineHolder(ring.header, 1, _attestedAlone(ring.header, 1, ring.second), _current());
        vm.warp(block.timestamp + WINDOW + 1);
        disputes.fineDisperserOverWithheld(ring.header, 2, _requested(ring.header));

        _expectDeposits(ring.first, ring.second);
        // The friend has half of one fine, and the ring has lost the rest.
        vm.assertEq(disputes.creditOf(FRIEND), BOND + OPERATOR_FINE / 2);
        vm.assertEq(disputes.creditOf(CHALLENGER), 2 * BOND + OPERATOR_FINE / 2 + DISPERSER_FINE / 2);
    }

    function test_audit3_ring_holdersAttestationIsKeptSecret_disperserPaysInItsPlace() public {
        Ring memory ring = _ring();
        _expireFirst(ring);
        vm.warp(block.timestamp + WINDOW + 1);
        disputes.fineDisperserOverWithheld(ring.header, 0, _requested(ring.header));
        _expectDeposits(7, 7);
    }

    function _expectDeposits(uint256 fined, uint256 alsoFined) private view {
        for (uint256 i = 0; i < 7; i++) {
            uint256 lost = i == fined || i == alsoFined ? OPERATOR_FINE : 0;
            vm.assertEq(disputes.depositOf(members[i].signer), DEPOSIT - lost);
        }
        vm.assertEq(disputes.depositOf(DISPERSER), DEPOSIT - DISPERSER_FINE);
    }

    // 5. An unanswered challenge could be expired ten years later.

    /// forge-config: default.fuzz.runs = 64
    function test_audit5_unansweredChallenge_cannotBeKeptInReserve(uint256 time) public {
        bytes memory header = _headerOf(Encoder.encode(4, _batch("reserve", 150)));
        bytes memory certificate = _certify(header, 1, 15);
        _postAlone(header);
        _challenge(FRIEND, header, _at(0, 0, 0, 0));
        vm.warp(_bound(time, START + 2 * WINDOW + 1, START + 3650 days));
        vm.expectPartialRevert(IDisputes.TooLate.selector);
        vm.prank(FRIEND);
        disputes.expire(header, _at(0, 0, 0, 0));
        vm.assertTrue(_isValid(certificate, abi.encode(_current())));
        disputes.reclaim(_digestOf(header), _at(0, 0, 0, 0));
        vm.assertEq(disputes.creditOf(FRIEND), BOND);
        vm.assertTrue(_isValid(certificate, abi.encode(_current())));
    }

    // 6. Fifty challengers of one chunk needed fifty answers.

    function test_audit6_fiftyChallengersOfOneChunk_needOneAnswer() public {
        Encoder.Encoded memory e = Encoder.encode(4, _batch("fifty", 150));
        bytes memory header = _headerOf(e);
        _postAlone(header);
        Position memory p = _at(2, 0, 1, 0);
        _challenge(address(1000), header, p);
        for (uint160 i = 1; i < 50; i++) {
            _expectRefused(address(1000 + i), header, p, IDisputes.AlreadyChallenged.selector);
        }
        disputes.answer(header, e.open(2, 0, 1, 0));
        for (uint160 i = 0; i < 50; i++) {
            _expectRefused(address(1000 + i), header, p, IDisputes.AlreadyAnswered.selector);
        }
        for (uint256 time = START; time <= EXPIRY + 3 * WINDOW; time += WINDOW) {
            vm.warp(time);
            vm.expectPartialRevert(IDisputes.NotChallenged.selector);
            disputes.expire(header, p);
        }
        vm.assertFalse(disputes.isInvalid(_digestOf(header)));
    }

    // 7. A disperser that garbled the pair of an operator that does not sign was never fined.

    function test_audit7_disperserThatGarbledThePairOfAnOperator_isFined() public {
        Encoder.Encoded memory e = Encoder.encode(4, _batch("garbled", 150));
        bytes memory header = _headerOf(e);
        uint256 left = _holder(e.root, 3);
        uint256 signers = _all() ^ (1 << left);
        ledger.post(header, _current(), signers, _sign(_digestOf(header), 1, signers));
        _challenge(CHALLENGER, header, _at(3, 0, 0, 0));
        vm.warp(START + WINDOW + 1);
        disputes.expire(header, _at(3, 0, 0, 0));
        vm.warp(block.timestamp + WINDOW + 1);
        disputes.fineDisperserOverWithheld(header, 3, _requested(header));
        vm.assertEq(disputes.depositOf(DISPERSER), DEPOSIT - DISPERSER_FINE);
        vm.assertEq(disputes.depositOf(members[left].signer), DEPOSIT);
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND + DISPERSER_FINE / 2);
    }

    // 8. The committee's owner turned an invalid certificate into a valid one by starting the epoch it names.

    function test_audit8_startOfTheEpochThatACertificateNames_makesItNotValid(bytes32 seed, bytes32 guess)
        public
    {
        // The keys of the next epoch sign for the root that it would have with some seed.
        Member[] memory next = members;
        bytes32 predicted = keccak256(abi.encode(EpochMembers({seed: guess, members: next})));
        bytes memory header = _header(seed, 2);
        header[35] |= 0x01;
        bytes memory signatures = _signWith(keys, _attestationDigestOf(_digestOf(header), predicted), 15);
        bytes memory certificate = _certificate(header, 0, "", 15, signatures);
        vm.assertFalse(_isValid(certificate, WITHOUT_MEMBERS));

        vm.assertEq(_startSame(), 2);
        EpochMembers memory epochMembers = _current();
        vm.assertTrue(guess != epochMembers.seed);
        vm.expectRevert(abi.encodeWithSelector(ILedger.QuorumMissing.selector, QuorumFlaw.BadSignature, 0));
        ledger.post(header, epochMembers, 15, signatures);
        vm.assertFalse(_isValid(certificate, WITHOUT_MEMBERS));
        vm.assertFalse(ledger.verify(certificate, epochMembers));
        // Also if the header is posted by other signatures then.
        _postAlone(header);
        vm.assertFalse(_isValid(certificate, abi.encode(epochMembers)));
    }

    // 9. A certificate with a garbage tail needed members to be refused, and many of them did not fit into a transaction.

    function test_audit9_garbageTail_isRefusedWithoutMembers(bytes32 seed, bytes memory tail) public {
        bytes memory header = _header(seed, 1);
        header[35] |= 0x01;
        vm.assume(tail.length > 0);
        bytes memory certificate = bytes.concat(_certify(header, 1, 15), tail);
        vm.assertFalse(_isValid(certificate, WITHOUT_MEMBERS));
        _postAlone(header);
        vm.assertFalse(_isValid(certificate, WITHOUT_MEMBERS));
        // Garbage in the place of signatures under a header that no one posted.
        certificate = _certificate(_header(~seed, 1), 0, "", 15, new bytes(256));
        vm.assertFalse(_isValid(certificate, WITHOUT_MEMBERS));
    }

    function test_audit9_proofOfTheLargestCommittee_fitsIntoATransaction() public {
        _deploy(255);
        _startEpoch(_ones(255));
        _deployValidator(disputes);
        bytes[] memory list = _headers("largest", 1, 257);
        list[256][35] |= 0x01;
        _post(list, 1, _all());
        // 9 hashes, and every member signed.
        bytes memory certificate = _certificateOf(list, 256, 1, _all());
        bytes memory proof = _validity(certificate, abi.encode(_current()));
        vm.assertTrue(proof.length < 40_000);
        uint256 before = gasleft();
        vm.assertTrue(validator.validateCertificate(proof));
        // With 16 gas for each byte of its calldata.
        vm.assertTrue(before - gasleft() + 16 * proof.length < 1 << 24);

        // Signatures that do not hold: refused in as little.
        certificate[certificate.length - 1] ^= 0x01;
        vm.assertFalse(_isValid(certificate, abi.encode(_current())));
    }
}
