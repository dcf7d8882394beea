// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "../src/interfaces/ICommittee.sol";
import {IDisputes} from "../src/interfaces/IDisputes.sol";
import {ILedger} from "../src/interfaces/ILedger.sol";
import {OpeningInvalid} from "../src/libraries/Reads.sol";
import {Position} from "../src/types/Position.sol";
import {ChallengesFixture} from "./support/ChallengesFixture.sol";
import {Encoder} from "./support/Encoder.sol";

/// @notice Challenges by hostile accounts: available data is never withheld, and no account is kept from asking or answering.
contract ChallengesTest is ChallengesFixture {
    using Encoder for Encoder.Encoded;

    function test_challenge_any_isOpenAndKnown(uint256 seed) public {
        Position memory p = _anyPosition(seed);
        address holder = members[_holder(root, p.pair)].signer;
        vm.expectEmit(address(disputes));
        emit IDisputes.Challenged(digest, CHALLENGER, holder, p, uint48(START + WINDOW), header);
        _challenge(CHALLENGER, p);

        (address held, uint48 deadline, uint8 shards) = disputes.challengeOf(_idOf(digest, p, CHALLENGER));
        vm.assertEq(held, holder);
        vm.assertEq(deadline, START + WINDOW);
        vm.assertEq(shards, 4);
        vm.assertFalse(disputes.isInvalid(digest));
    }

    function test_answer_everyPosition_closes() public {
        for (uint256 pair = 0; pair < 4; pair++) {
            for (uint256 side = 0; side < 2; side++) {
                for (uint256 symbol = 0; symbol < (side == 0 ? 3 : 2); symbol++) {
                    Position memory p = _at(pair, side, symbol, 0);
                    _challenge(CHALLENGER, p);
                    disputes.answer(header, CHALLENGER, _openingAt(p));
                    vm.assertFalse(_isOpen(CHALLENGER, p));
                }
            }
        }
        vm.assertFalse(disputes.isInvalid(digest));
    }

    function test_answer_bond_halfToAnswererRestToTreasury(uint256 seed) public {
        Position memory p = _anyPosition(seed);
        _challenge(CHALLENGER, p);
        bytes memory opening = _openingAt(p);
        vm.expectEmit(address(disputes));
        emit IDisputes.Answered(digest, CHALLENGER, ANYBODY, p);
        vm.prank(ANYBODY);
        disputes.answer(header, CHALLENGER, opening);
        vm.assertEq(disputes.creditOf(ANYBODY), BOND / 2);
        vm.assertEq(disputes.creditOf(TREASURY), BOND - BOND / 2);
        vm.assertEq(disputes.creditOf(CHALLENGER), 0);
    }

    function test_answer_byTheChallengerFirst_stillLosesTheRest(uint256 seed) public {
        // A copied answer makes griefing half as dear, and never free.
        Position memory p = _anyPosition(seed);
        _challenge(CHALLENGER, p);
        // Before the prank: hashing is a call too.
        bytes memory opening = _openingAt(p);
        vm.prank(CHALLENGER);
        disputes.answer(header, CHALLENGER, opening);
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND / 2);
        vm.assertEq(disputes.creditOf(TREASURY), BOND - BOND / 2);
    }

    function test_answer_mutatedOpening_reverts(uint256 seed, uint256 index, uint8 mask) public {
        vm.assume(mask != 0);
        Position memory p = _anyPosition(seed);
        _challenge(CHALLENGER, p);
        bytes memory opening = _openingAt(p);
        opening = _flip(opening, index % opening.length, mask);
        (bool success,) =
            address(disputes).call(abi.encodeCall(disputes.answer, (header, CHALLENGER, opening)));
        vm.assertFalse(success);
        vm.assertTrue(_isOpen(CHALLENGER, p));
    }

    function test_answer_withAnotherPosition_reverts(uint256 seed, uint256 other) public {
        Position memory p = _anyPosition(seed);
        Position memory q = _anyPosition(other);
        vm.assume(keccak256(abi.encode(p)) != keccak256(abi.encode(q)));
        _challenge(CHALLENGER, p);
        bytes memory opening = _openingAt(q);
        vm.expectRevert(
            abi.encodeWithSelector(IDisputes.NotChallenged.selector, _idOf(digest, q, CHALLENGER))
        );
        disputes.answer(header, CHALLENGER, opening);
    }

    function test_answer_withAnotherHeader_reverts() public {
        Position memory p = _at(1, 1, 1, 0);
        _challenge(CHALLENGER, p);
        Encoder.Encoded memory e = Encoder.encode(4, _batch("another", 150));
        bytes memory opening = e.open(1, 1, 1, 0);
        bytes memory another = _headerOf(e);
        vm.expectPartialRevert(IDisputes.NotChallenged.selector);
        disputes.answer(another, CHALLENGER, opening);
        vm.expectRevert(bytes.concat(OpeningInvalid.selector));
        disputes.answer(header, CHALLENGER, opening);
    }

    function test_answer_twice_reverts() public {
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        bytes memory opening = _openingAt(p);
        disputes.answer(header, CHALLENGER, opening);
        vm.expectPartialRevert(IDisputes.NotChallenged.selector);
        disputes.answer(header, CHALLENGER, opening);
    }

    function test_challenge_again_costsAnotherBond() public {
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        bytes32 id = _idOf(digest, p, CHALLENGER);
        vm.deal(CHALLENGER, BOND);
        vm.prank(CHALLENGER);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.AlreadyChallenged.selector, id, START + WINDOW));
        disputes.challenge{value: BOND}(certificate, members, p);

        disputes.answer(header, CHALLENGER, _openingAt(p));
        _challenge(CHALLENGER, p);
        disputes.answer(header, CHALLENGER, _openingAt(p));
        vm.assertEq(disputes.creditOf(address(this)), 2 * (BOND / 2));
    }

    function test_challenge_bondNotExact_reverts(uint256 amount) public {
        amount = _bound(amount, 0, 10 * uint256(BOND));
        vm.assume(amount != BOND);
        vm.deal(CHALLENGER, amount);
        vm.prank(CHALLENGER);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.BondInvalid.selector, BOND, amount));
        disputes.challenge{value: amount}(certificate, members, _at(0, 0, 0, 0));
    }

    function test_challenge_positionOutside_reverts(uint8 pair, uint8 side, uint8 symbol, uint32 chunk)
        public
    {
        Position memory p = _at(pair, side, symbol, chunk);
        bool inside = pair < 4 && side < 2 && symbol < (side == 0 ? 3 : 2) && chunk == 0;
        vm.deal(CHALLENGER, BOND);
        if (!inside) vm.expectRevert(abi.encodeWithSelector(IDisputes.PositionOutside.selector, p));
        vm.prank(CHALLENGER);
        disputes.challenge{value: BOND}(certificate, members, p);
    }

    function test_challenge_everyEdgeOutside_reverts() public {
        test_challenge_positionOutside_reverts(4, 0, 0, 0);
        test_challenge_positionOutside_reverts(0, 2, 0, 0);
        test_challenge_positionOutside_reverts(0, 0, 3, 0);
        test_challenge_positionOutside_reverts(0, 1, 2, 0);
        test_challenge_positionOutside_reverts(0, 0, 0, 1);
    }

    function test_challenge_untilExpiry(uint64 later) public {
        vm.warp(EXPIRY);
        _challenge(CHALLENGER, _at(0, 0, 0, 0));
        later = uint64(_bound(later, EXPIRY + 1, type(uint40).max));
        vm.warp(later);
        vm.deal(CHALLENGER, BOND);
        vm.prank(CHALLENGER);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.PromiseOver.selector, EXPIRY, later));
        disputes.challenge{value: BOND}(certificate, members, _at(1, 0, 0, 0));
    }

    function test_answer_afterExpiryWithinWindow_holds() public {
        vm.warp(EXPIRY);
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        vm.warp(EXPIRY + WINDOW);
        disputes.answer(header, CHALLENGER, _openingAt(p));
        vm.assertFalse(disputes.isInvalid(digest));
    }

    function test_challenge_invalidHeader_reverts() public {
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        vm.warp(START + WINDOW + 1);
        disputes.expire(digest, CHALLENGER, p);
        vm.deal(CHALLENGER, BOND);
        vm.prank(CHALLENGER);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.AlreadyInvalid.selector, digest, 1));
        disputes.challenge{value: BOND}(certificate, members, p);
    }

    function test_challenge_certificateInvalid_reverts(uint256 index, uint8 mask) public {
        vm.assume(mask != 0);
        index %= certificate.length;
        // The epoch decides which members are asked for: that error comes first.
        vm.assume(index < 39 || index > 42);
        bytes memory wrong = _flip(certificate, index, mask);
        vm.deal(CHALLENGER, BOND);
        vm.expectRevert(bytes.concat(IDisputes.CertificateInvalid.selector));
        vm.prank(CHALLENGER);
        disputes.challenge{value: BOND}(wrong, members, _at(0, 0, 0, 0));
    }

    function test_challenge_withoutQuorum_reverts() public {
        bytes memory few = _certify(header, 1, 3);
        vm.deal(CHALLENGER, BOND);
        vm.expectRevert(bytes.concat(IDisputes.CertificateInvalid.selector));
        vm.prank(CHALLENGER);
        disputes.challenge{value: BOND}(few, members, _at(0, 0, 0, 0));
    }

    function test_challenge_membersMismatch_reverts() public {
        delete members[3];
        vm.deal(CHALLENGER, BOND);
        vm.expectPartialRevert(ILedger.MembersMismatch.selector);
        vm.prank(CHALLENGER);
        disputes.challenge{value: BOND}(certificate, members, _at(0, 0, 0, 0));
    }

    function test_challenge_severalShardsAMember_namesTheHolder(bytes32 seed) public {
        uint16[] memory shards = new uint16[](4);
        (shards[0], shards[1], shards[2], shards[3]) = (2, 1, 3, 1);
        _startEpoch(shards);
        Encoder.Encoded memory e = Encoder.encode(7, _batch(seed, 60));
        _use(e);
        for (uint256 pair = 0; pair < 7; pair++) {
            Position memory p = _at(pair, 0, 0, 0);
            _challenge(CHALLENGER, p);
            (address holder,,) = disputes.challengeOf(_idOf(digest, p, CHALLENGER));
            vm.assertEq(holder, members[_holder(e.root, pair)].signer);
        }
    }

    function test_challenge_earlierEpoch_isPossible() public {
        _startEpochAgain();
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        disputes.answer(header, CHALLENGER, _openingAt(p));
    }

    function _startEpochAgain() private {
        committee.startEpoch(members, _endpoints(members.length));
    }

    function test_answer_anyGas_neverHalfDone(uint256 amount) public {
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        bytes memory call = abi.encodeCall(disputes.answer, (header, CHALLENGER, _openingAt(p)));
        (bool success,) = address(disputes).call{gas: _bound(amount, 0, 200_000)}(call);
        vm.assertEq(success, !_isOpen(CHALLENGER, p));
    }

    function test_constructor_ledgerWithoutCode_reverts() public {
        ledger = ILedger(address(1));
        vm.expectRevert(abi.encodeWithSelector(IDisputes.LedgerWithoutCode.selector, address(1)));
        _deployDisputes(_terms());
    }

    function test_terms_areWhatWasDeployed() public view {
        vm.assertEq(disputes.window(), WINDOW);
        vm.assertEq(disputes.promiseSecondsMax(), PROMISE);
        vm.assertEq(disputes.bond(), BOND);
        vm.assertEq(disputes.operatorFine(), OPERATOR_FINE);
        vm.assertEq(disputes.disperserFine(), DISPERSER_FINE);
        vm.assertEq(disputes.treasury(), TREASURY);
        vm.assertEq(address(disputes.ledger()), address(ledger));
        vm.assertEq(address(disputes.committee()), address(ICommittee(committee)));
    }
}
