// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "../src/interfaces/ICommittee.sol";
import {IDisputes} from "../src/interfaces/IDisputes.sol";
import {OpeningInvalid} from "../src/libraries/Reads.sol";
import {Position} from "../src/types/Position.sol";
import {ChallengesFixture} from "./support/ChallengesFixture.sol";
import {Encoder} from "./support/Encoder.sol";
import {Relay} from "./support/Receivers.sol";

/// @notice Challenges by hostile accounts: available data is never withheld, and a chunk is shown once, however many accounts ask for it.
contract ChallengesTest is ChallengesFixture {
    using Encoder for Encoder.Encoded;

    function _expectRefused(Position memory p, bytes memory reason) private {
        vm.deal(CHALLENGER, BOND);
        vm.expectRevert(reason);
        vm.prank(CHALLENGER);
        disputes.challenge{value: BOND}(header, INDEX, headerPath, p);
    }

    function test_challenge_any_isOpenAndKnown(uint256 seed) public {
        Position memory p = _anyPosition(seed);
        vm.expectEmit(address(disputes));
        emit IDisputes.Challenged(digest, CHALLENGER, p, uint48(START + WINDOW), header);
        _challenge(CHALLENGER, p);

        (address challenger, uint48 deadline, bool answered) = disputes.challengeOf(_idOf(digest, p));
        vm.assertEq(challenger, CHALLENGER);
        vm.assertEq(deadline, START + WINDOW);
        vm.assertFalse(answered);
        vm.assertFalse(disputes.isInvalid(digest));
    }

    function test_answer_everyPosition_isAnsweredPermanently() public {
        for (uint256 pair = 0; pair < 4; pair++) {
            for (uint256 side = 0; side < 2; side++) {
                for (uint256 symbol = 0; symbol < (side == 0 ? 3 : 2); symbol++) {
                    Position memory p = _at(pair, side, symbol, 0);
                    _challenge(CHALLENGER, p);
                    disputes.answer(header, _openingAt(p));
                    vm.assertFalse(_isOpen(p));
                    vm.assertTrue(_isAnswered(p));
                }
            }
        }
        vm.assertFalse(disputes.isInvalid(digest));
    }

    function test_answer_chunk_isInTheEvent(uint256 seed) public {
        Position memory p = _anyPosition(seed);
        _challenge(CHALLENGER, p);
        bytes memory opening = _openingAt(p);
        vm.expectEmit(address(disputes));
        emit IDisputes.Answered(digest, ANYBODY, p, _chunkAt(p));
        vm.prank(ANYBODY);
        disputes.answer(header, opening);
    }

    function test_answer_throughAnotherContract_chunkIsInTheEvent(uint256 seed) public {
        // The input of an inner call is in no log and in no transaction of its own.
        Relay relay = new Relay();
        Position memory p = _anyPosition(seed);
        _challenge(CHALLENGER, p);
        bytes memory call = abi.encodeCall(disputes.answer, (header, _openingAt(p)));
        vm.expectEmit(address(disputes));
        emit IDisputes.Answered(digest, address(relay), p, _chunkAt(p));
        relay.forward(address(disputes), call);
        vm.assertEq(disputes.creditOf(address(relay)), BOND / 2);
    }

    /// @dev The bytes of a chunk, from the slivers of the batch.
    function _chunkAt(Position memory p) private view returns (bytes memory) {
        Encoder.Encoded memory e = abi.decode(encoded, (Encoder.Encoded));
        return Encoder.pick(p.side == 0 ? e.rows[p.pair] : e.columns[p.pair], e.s, p.symbol, 1, 1);
    }

    function test_answer_bond_halfToAnswererRestToTreasury(uint256 seed) public {
        Position memory p = _anyPosition(seed);
        _challenge(CHALLENGER, p);
        bytes memory opening = _openingAt(p);
        vm.prank(ANYBODY);
        disputes.answer(header, opening);
        vm.assertEq(disputes.creditOf(ANYBODY), BOND / 2);
        vm.assertEq(disputes.creditOf(TREASURY), BOND - BOND / 2);
        vm.assertEq(disputes.creditOf(CHALLENGER), 0);
    }

    function test_answer_byTheChallengerFirst_stillLosesTheRest(uint256 seed) public {
        // A copied answer makes griefing half as expensive, and never free.
        Position memory p = _anyPosition(seed);
        _challenge(CHALLENGER, p);
        // Before the prank: hashing is a call too.
        bytes memory opening = _openingAt(p);
        vm.prank(CHALLENGER);
        disputes.answer(header, opening);
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND / 2);
        vm.assertEq(disputes.creditOf(TREASURY), BOND - BOND / 2);
    }

    function test_answer_mutatedOpening_reverts(uint256 seed, uint256 index, uint8 mask) public {
        vm.assume(mask != 0);
        Position memory p = _anyPosition(seed);
        _challenge(CHALLENGER, p);
        bytes memory opening = _openingAt(p);
        opening = _flip(opening, index % opening.length, mask);
        (bool success,) = address(disputes).call(abi.encodeCall(disputes.answer, (header, opening)));
        vm.assertFalse(success);
        vm.assertTrue(_isOpen(p));
    }

    function test_answer_mutatedHeader_reverts(uint256 seed, uint256 index, uint8 mask) public {
        vm.assume(mask != 0);
        Position memory p = _anyPosition(seed);
        _challenge(CHALLENGER, p);
        bytes memory opening = _openingAt(p);
        bytes memory another = _flip(header, index % header.length, mask);
        vm.expectPartialRevert(IDisputes.NotChallenged.selector);
        disputes.answer(another, opening);
    }

    function test_answer_withAnotherPosition_reverts(uint256 seed, uint256 other) public {
        Position memory p = _anyPosition(seed);
        Position memory q = _anyPosition(other);
        vm.assume(keccak256(abi.encode(p)) != keccak256(abi.encode(q)));
        _challenge(CHALLENGER, p);
        bytes memory opening = _openingAt(q);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotChallenged.selector, _idOf(digest, q)));
        disputes.answer(header, opening);
    }

    function test_answer_withAnotherBatch_reverts() public {
        Position memory p = _at(1, 1, 1, 0);
        _challenge(CHALLENGER, p);
        bytes memory opening = Encoder.encode(4, _batch("another", 150)).open(1, 1, 1, 0);
        vm.expectRevert(bytes.concat(OpeningInvalid.selector));
        disputes.answer(header, opening);
    }

    function test_answer_twice_reverts() public {
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        bytes memory opening = _openingAt(p);
        disputes.answer(header, opening);
        vm.expectPartialRevert(IDisputes.NotChallenged.selector);
        disputes.answer(header, opening);
    }

    function test_challenge_open_isRefusedForEveryAccount(address another) public {
        // One answer serves all who ask.
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        vm.deal(another, BOND);
        vm.prank(another);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDisputes.AlreadyChallenged.selector, _idOf(digest, p), uint48(START + WINDOW)
            )
        );
        disputes.challenge{value: BOND}(header, INDEX, headerPath, p);
    }

    function test_challenge_answeredPosition_isRefusedPermanently(uint256 seed, uint256 later) public {
        Position memory p = _anyPosition(seed);
        _challenge(CHALLENGER, p);
        disputes.answer(header, _openingAt(p));
        vm.warp(_bound(later, START, EXPIRY));
        _expectRefused(p, abi.encodeWithSelector(IDisputes.AlreadyAnswered.selector, _idOf(digest, p)));
    }

    function test_challenge_bondNotExact_reverts(uint256 amount) public {
        amount = _bound(amount, 0, 10 * uint256(BOND));
        vm.assume(amount != BOND);
        vm.deal(CHALLENGER, amount);
        vm.prank(CHALLENGER);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.BondInvalid.selector, BOND, amount));
        disputes.challenge{value: amount}(header, INDEX, headerPath, _at(0, 0, 0, 0));
    }

    function test_challenge_positionOutside_reverts(uint8 pair, uint8 side, uint8 symbol, uint32 chunk)
        public
    {
        Position memory p = _at(pair, side, symbol, chunk);
        bool inside = pair < 4 && side < 2 && symbol < (side == 0 ? 3 : 2) && chunk == 0;
        if (inside) _challenge(CHALLENGER, p);
        else _expectRefused(p, abi.encodeWithSelector(IDisputes.PositionOutside.selector, p));
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
        _expectRefused(_at(1, 0, 0, 0), abi.encodeWithSelector(IDisputes.PromiseOver.selector, EXPIRY, later));
    }

    function test_answer_afterExpiryWithinWindow_holds() public {
        vm.warp(EXPIRY);
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        vm.warp(EXPIRY + WINDOW);
        disputes.answer(header, _openingAt(p));
        vm.assertFalse(disputes.isInvalid(digest));
    }

    // What does not stand posted

    function test_challenge_mutated_isNotPosted(uint256 index, uint8 mask) public {
        vm.assume(mask != 0);
        uint256 place = index % (header.length + headerPath.length);
        if (place < header.length) header = _flip(header, place, mask);
        else headerPath = _flip(headerPath, place - header.length, mask);
        vm.deal(CHALLENGER, BOND);
        vm.expectPartialRevert(IDisputes.NotPosted.selector);
        vm.prank(CHALLENGER);
        disputes.challenge{value: BOND}(header, INDEX, headerPath, _at(0, 0, 0, 0));
    }

    function test_challenge_anotherIndex_isNotPosted(uint256 index) public {
        vm.assume(index != INDEX);
        vm.deal(CHALLENGER, BOND);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotPosted.selector, digest));
        vm.prank(CHALLENGER);
        disputes.challenge{value: BOND}(header, index, headerPath, _at(0, 0, 0, 0));
    }

    function test_challenge_certifiedAndNotPosted_reverts() public {
        Encoder.Encoded memory e = Encoder.encode(4, _batch("unposted", 150));
        bytes memory unposted = _headerOf(e);
        bytes32 unpostedDigest = _digestOf(unposted);
        vm.deal(CHALLENGER, BOND);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotPosted.selector, unpostedDigest));
        vm.prank(CHALLENGER);
        disputes.challenge{value: BOND}(unposted, 0, "", _at(0, 0, 0, 0));
    }

    function test_challenge_notAHeader_reverts(bytes memory any, uint256 index, bytes memory path) public {
        vm.deal(CHALLENGER, BOND);
        vm.expectPartialRevert(IDisputes.NotPosted.selector);
        vm.prank(CHALLENGER);
        disputes.challenge{value: BOND}(any, index, path, _at(0, 0, 0, 0));
    }

    function test_challenge_earlierEpoch_isPossible() public {
        _startSame();
        _startSame();
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        disputes.answer(header, _openingAt(p));
    }

    function test_challenge_postedTwice_isOneHeader() public {
        // The same header under a second headersRoot has the same positions, challenges and faults.
        _postAlone(header);
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        vm.deal(ANYBODY, BOND);
        vm.prank(ANYBODY);
        vm.expectPartialRevert(IDisputes.AlreadyChallenged.selector);
        disputes.challenge{value: BOND}(header, 0, "", p);
    }

    function test_answer_anyGas_neverHalfDone(uint256 amount) public {
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        bytes memory call = abi.encodeCall(disputes.answer, (header, _openingAt(p)));
        (bool success,) = address(disputes).call{gas: _bound(amount, 0, 200_000)}(call);
        vm.assertEq(success, !_isOpen(p));
        vm.assertEq(success, _isAnswered(p));
        vm.assertEq(disputes.creditOf(address(this)), success ? BOND / 2 : 0);
    }

    function test_terms_areWhatWasDeployed() public view {
        vm.assertEq(disputes.window(), WINDOW);
        vm.assertEq(disputes.promiseSeconds(), PROMISE);
        vm.assertEq(disputes.bond(), BOND);
        vm.assertEq(disputes.operatorFine(), OPERATOR_FINE);
        vm.assertEq(disputes.disperserFine(), DISPERSER_FINE);
        vm.assertEq(disputes.operatorDepositMin(), OPERATOR_FINE);
        vm.assertEq(disputes.disperserDepositMin(), DISPERSER_FINE);
        vm.assertEq(disputes.treasury(), TREASURY);
        vm.assertEq(disputes.shards(), 4);
        vm.assertEq(address(disputes.ledger()), address(ledger));
        vm.assertEq(address(disputes.committee()), address(ICommittee(committee)));
    }
}
