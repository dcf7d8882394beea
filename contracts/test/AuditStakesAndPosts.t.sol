// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "../src/interfaces/ICommittee.sol";
import {ICustomDAProofValidator} from "../src/interfaces/ICustomDAProofValidator.sol";
import {ILedger} from "../src/interfaces/ILedger.sol";
import {IStakes} from "../src/interfaces/IStakes.sol";
import {EpochMembers} from "../src/types/EpochMembers.sol";
import {Member} from "../src/types/Member.sol";
import {QuorumFlaw} from "../src/types/QuorumFlaw.sol";
import {Terms} from "../src/types/Terms.sol";
import {DisputesFixture} from "./support/DisputesFixture.sol";
import {Meter} from "./support/Meter.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// @notice The audit of protocol 1 found attacks, by number: those on keys, exits, epochs, certificates, terms and sizes. Each
/// is tried again here. Those on disputes are in another file.
contract AuditStakesAndPostsTest is DisputesFixture {
    uint256 private constant TRANSACTION_BYTES_MAX = 128 * 1024;
    uint256 private constant TRANSACTION_GAS_MAX = 1 << 24;
    /// @dev What a signed transaction has beyond its calldata, rounded up.
    uint256 private constant ENVELOPE_BYTES = 300;

    ICustomDAProofValidator private validator;
    Meter private meter;

    function setUp() public override {
        super.setUp();
        meter = new Meter();
    }

    function _deploy(uint256 shards) internal override {
        super._deploy(shards);
        validator = ICustomDAProofValidator(
            vm.deployCode("NitroProofValidator.sol:NitroProofValidator", abi.encode(disputes))
        );
    }

    // 2. Whoever holds n − f keys of any epoch, past ones included, takes every disperser's deposit.

    function test_point2_pastKeys_cannotPostOnceTheirPromisesEnded(bytes32 seed, uint256 later) public {
        _startEpoch(_ones(4));
        _startEpoch(_ones(4));
        uint256 until = committee.retiredAt(1) + PROMISE - NOTICE;
        vm.warp(_bound(later, until + 1, until + 1000 * PROMISE));
        // Whatever was honestly signed before the epoch retired expires too soon to be posted now.
        vm.assertTrue(committee.retiredAt(1) + PROMISE < block.timestamp + NOTICE);

        // Headers made now, that name any disperser, and all four keys of the first epoch.
        bytes[] memory list = _headers(seed, 1, 3);
        (bytes32 root, bytes memory path) = _tree(_digests(list), 1);
        bytes memory signatures = _sign(root, 1, 15);
        EpochMembers memory first = _membersOf(1);
        bytes memory reason = abi.encodeWithSelector(ILedger.EpochClosed.selector, 1, until, block.timestamp);
        vm.expectRevert(reason);
        ledger.post(_pack(list), first, 15, signatures);
        vm.expectRevert(reason);
        ledger.postOne(list[1], 1, path, first, 15, signatures);
        (bool stands,) = ledger.standsPosted(list[1], 1, path);
        vm.assertFalse(stands);
    }

    function test_point2_pastKeys_cannotSpeakForALaterEpoch(bytes32 seed) public {
        uint256[] memory past = keys;
        _startEpoch(_ones(4));
        bytes[] memory list = _headers(seed, 2, 1);
        bytes32 digest = ledger.attestationDigest(_rootOf(list), committee.committeeRoot(2));
        EpochMembers memory current = _current();
        vm.expectRevert(abi.encodeWithSelector(ILedger.QuorumMissing.selector, QuorumFlaw.BadSignature, 0));
        ledger.post(_pack(list), current, 15, _signWith(past, digest, 15));
    }

    // 4. A disperser whose quota was set to zero, and who was registered again after asking to exit, leaves with no delay.

    function test_point4_disperserRegisteredAgain_waitsAnew(uint256 again, uint64 quota) public {
        committee.setDisperser(DISPERSER, 5);
        _startEpoch(_ones(4));
        committee.setDisperser(DISPERSER, 0);
        vm.warp(START + 1);
        _requestExit(DISPERSER);
        uint256 unlockAt = START + 1 + PROMISE + 5 * WINDOW;

        // It signs for as long as it has a quota once more, and loses it again in time.
        again = _bound(again, START + 1, unlockAt);
        vm.warp(again);
        committee.setDisperser(DISPERSER, quota / 2 + 1);
        committee.setDisperser(DISPERSER, 0);

        vm.warp(unlockAt + 1);
        vm.expectRevert(abi.encodeWithSelector(IStakes.SignedSince.selector, DISPERSER, START + 1, again));
        vm.prank(OWNER);
        disputes.finishExit(DISPERSER);

        _requestExit(DISPERSER);
        uint256 anew = unlockAt + 1 + PROMISE + 5 * WINDOW;
        vm.warp(anew);
        vm.expectRevert(abi.encodeWithSelector(IStakes.ExitNotDue.selector, DISPERSER, anew, 2, 2));
        vm.prank(OWNER);
        disputes.finishExit(DISPERSER);
        vm.warp(anew + 1);
        vm.prank(OWNER);
        disputes.finishExit(DISPERSER);
        vm.assertEq(disputes.creditOf(OWNER), DEPOSIT);
    }

    function _requestExit(address account) private {
        EpochMembers memory current = _current();
        EpochMembers memory previous = _membersOf(committee.currentEpoch() - 1);
        vm.prank(OWNER);
        disputes.requestExit(account, current, previous);
    }

    // 8. The committee's owner can turn an invalid certificate into a valid one by starting the epoch it names.

    function test_point8_certificateOfAnEpochToCome_neverHolds(bytes32 seed, bytes32 guess) public {
        // The owner knows the members of the epoch to come, here the same, and has all of their keys.
        bytes memory header = _header(seed, 2);
        EpochMembers memory toCome = _current();
        vm.assume(guess != blockhash(block.number));
        toCome.seed = guess;
        _expectNever(header, _rootOfMembers(toCome));
        // Not under what stands for a root before the start either, nor under the root of the epoch before.
        _expectNever(header, 0);
        _expectNever(header, committee.committeeRoot(1));
    }

    function _expectNever(bytes memory header, bytes32 committeeRoot) private {
        bytes32 digest = _digestOf(header);
        bytes memory signatures = _signWith(keys, ledger.attestationDigest(digest, committeeRoot), 15);
        bytes memory certificate = _certificate(header, 0, "", 15, signatures);
        if (committee.currentEpoch() == 1) {
            _expectRefused(certificate);
            EpochMembers memory first = _current();
            vm.assertFalse(ledger.verify(certificate, first));
            vm.expectRevert(abi.encodeWithSelector(ILedger.EpochUnknown.selector, 2));
            ledger.postOne(header, 0, "", first, 15, signatures);
            _startSame();
        }

        EpochMembers memory started = _current();
        vm.assertEq(committee.committeeRoot(2), _rootOfMembers(started));
        vm.assertFalse(ledger.verify(certificate, started));
        vm.expectRevert(abi.encodeWithSelector(ILedger.QuorumMissing.selector, QuorumFlaw.BadSignature, 0));
        ledger.postOne(header, 0, "", started, 15, signatures);
        _expectRefused(certificate);
    }

    // 9. A certificate with a garbage tail needs members to be refused.

    function _expectRefused(bytes memory certificate) private view {
        bytes memory proof = abi.encodePacked(uint64(certificate.length), certificate, uint8(0));
        vm.assertFalse(validator.validateCertificate(proof));
        proof = abi.encodePacked(uint64(certificate.length), certificate, uint8(1));
        vm.assertFalse(validator.validateCertificate(proof));
    }

    function _expectHolds(bytes memory certificate) private view {
        bytes memory proof =
            abi.encodePacked(uint64(certificate.length), certificate, uint8(1), abi.encode(_current()));
        vm.assertTrue(validator.validateCertificate(proof));
    }

    /// @dev A header that stands posted, of a length that Nitro can read.
    function _posted(bytes32 seed, uint256 signers) private returns (bytes memory header) {
        header = _header(seed, committee.currentEpoch());
        header[35] = bytes1(uint8(header[35]) | 1);
        bytes[] memory list = new bytes[](1);
        list[0] = header;
        _post(list, committee.currentEpoch(), signers);
    }

    function test_point9_garbageTail_isRefusedWithoutMembers(bytes32 seed, bytes memory tail) public {
        vm.assume(tail.length > 0);
        bytes memory certificate = _certify(_posted(seed, 15), 1, 15);
        _expectHolds(certificate);
        _expectRefused(bytes.concat(certificate, tail));
        EpochMembers memory none;
        vm.assertFalse(ledger.verify(bytes.concat(certificate, tail), none));
    }

    function test_point9_signaturesOfAnotherLength_areRefusedWithoutMembers(bytes32 seed, uint256 length)
        public
    {
        bytes memory header = _posted(seed, 15);
        bytes memory signatures = _sign(_digestOf(header), 1, 15);
        signatures = bytes.concat(signatures, signatures);
        length = _bound(length, 0, signatures.length);
        vm.assume(length != 256);
        bytes memory certificate = _certificate(header, 0, "", 15, _prefix(signatures, length));
        _expectRefused(certificate);
        EpochMembers memory none;
        vm.assertFalse(ledger.verify(certificate, none));
    }

    function test_point9_255Members_aRefusalFitsAndAProofToo() public {
        uint256 signers = _largest();
        bytes memory certificate = _certify(_posted("largest", signers), 1, signers);
        _expectHolds(certificate);
        bytes memory proof =
            abi.encodePacked(uint64(certificate.length), certificate, uint8(1), abi.encode(_current()));
        _expectFits(address(validator), abi.encodeCall(validator.validateCertificate, (proof)));

        certificate = bytes.concat(certificate, new bytes(64));
        _expectRefused(certificate);
        proof = abi.encodePacked(uint64(certificate.length), certificate, uint8(0));
        _expectFits(address(validator), abi.encodeCall(validator.validateCertificate, (proof)));
    }

    // 10. Terms that are not fair are accepted, and `post` accepts more than fits a transaction.

    function test_point10_windowBelowFinality_cannotBeDeployed(uint64 window) public {
        Terms memory terms = _terms();
        terms.window = uint64(_bound(window, 0, 1 hours - 1));
        vm.expectRevert(abi.encodeWithSelector(IStakes.TermsInvalid.selector, terms, NOTICE));
        _deployDisputes(terms);
    }

    function test_point10_fineBelowTheCostOfEvidence_cannotBeDeployed(uint256 n, uint96 fine) public {
        n = _bound(n, 4, 255);
        uint256 columns = n - (n - 1) / 3;
        // Half of the fine pays for the evidence at 100 gwei.
        uint256 least = 2 * (300_000 + 125_000 * (columns + 1)) * 100 gwei;
        Terms memory terms = _terms();
        terms.disperserFine = uint96(least);
        terms.disperserDepositMin = uint96(least);
        committee = ICommittee(vm.deployCode("Committee.sol:Committee", abi.encode(address(this), n)));
        ledger = _deployLedger();
        _deployDisputes(terms);
        terms.disperserFine = uint96(_bound(fine, 0, least - 1));
        vm.expectRevert(abi.encodeWithSelector(IStakes.TermsInvalid.selector, terms, NOTICE));
        _deployDisputes(terms);
    }

    /// @dev A committee of 255 members of one shard, and a quorum of them.
    function _largest() private returns (uint256 signers) {
        _deploy(255);
        _startEpoch(_ones(255));
        // The last members: their indexes take the most bytes.
        signers = ((1 << 171) - 1) << 84;
    }

    function _expectFits(address to, bytes memory data) private returns (uint256 total) {
        vm.assertTrue(data.length + ENVELOPE_BYTES <= TRANSACTION_BYTES_MAX, vm.toString(data.length));
        vm.cool(address(committee));
        vm.cool(address(ledger));
        vm.cool(address(disputes));
        (bool ok, uint256 used) = meter.measure(to, data);
        vm.assertTrue(ok, "reverted");
        total = meter.transaction(data, used);
        vm.assertTrue(total <= TRANSACTION_GAS_MAX, vm.toString(total));
    }

    function test_point10_255Members_512Headers_fitATransaction() public {
        uint256 signers = _largest();
        bytes[] memory list = _headers("largest", 1, 512);
        bytes memory signatures = _sign(_rootOf(list), 1, signers);
        _expectFits(
            address(ledger), abi.encodeCall(ledger.post, (_pack(list), _current(), signers, signatures))
        );
        (, bytes memory path) = _tree(_digests(list), 511);
        (bool stands,) = ledger.standsPosted(list[511], 511, path);
        vm.assertTrue(stands);
    }

    function test_point10_255Members_onePostedOfMany_fitsATransaction() public {
        uint256 signers = _largest();
        bytes[] memory list = _headers("largest", 1, 512);
        (bytes32 root, bytes memory path) = _tree(_digests(list), 511);
        bytes memory signatures = _sign(root, 1, signers);
        _expectFits(
            address(ledger),
            abi.encodeCall(ledger.postOne, (list[511], 511, path, _current(), signers, signatures))
        );
        bytes memory certificate = _certificate(list[511], 511, path, signers, signatures);
        _expectFits(address(ledger), abi.encodeCall(ledger.verify, (certificate, _current())));
    }

    function test_point10_255Members_startAndLeave_fitATransaction() public {
        _largest();
        string[] memory endpoints = new string[](255);
        for (uint256 i = 0; i < 255; i++) {
            endpoints[i] = string(_filled(256));
        }
        Member[] memory list = members;
        // Only the owner can start an epoch.
        Ownable2Step owned = Ownable2Step(address(committee));
        owned.transferOwnership(address(meter));
        vm.prank(address(meter));
        owned.acceptOwnership();
        _expectFits(address(committee), abi.encodeCall(committee.startEpoch, (list, endpoints)));
    }

    function _filled(uint256 length) private pure returns (bytes memory text) {
        text = new bytes(length);
        for (uint256 i = 0; i < length; i++) {
            text[i] = "x";
        }
    }

    function test_point10_255Members_exits_fitATransaction() public {
        _largest();
        _startSame();
        // The meter is the owner of an account.
        vm.prank(ANYBODY);
        disputes.nameOwner(address(meter));
        _expectFits(
            address(disputes), abi.encodeCall(disputes.requestExit, (ANYBODY, _current(), _membersOf(1)))
        );
        _startSame();
        EpochMembers[] memory next = new EpochMembers[](1);
        next[0] = _current();
        _expectFits(address(disputes), abi.encodeCall(disputes.showAbsence, (ANYBODY, next)));
    }
}
