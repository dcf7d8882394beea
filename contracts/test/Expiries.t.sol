// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/interfaces/IDisputes.sol";
import {Line} from "../src/types/Line.sol";
import {Position} from "../src/types/Position.sol";
import {ChallengesFixture} from "./support/ChallengesFixture.sol";
import {Encoder} from "./support/Encoder.sol";

/// @notice Challenges without an answer: in one window they make a header invalid, and after it they lapse.
contract ExpiriesTest is ChallengesFixture {
    using Encoder for Encoder.Encoded;

    uint256 private constant DEADLINE = START + WINDOW;

    /// @dev Has a challenge of a pair expire.
    function _expire(Position memory p) private {
        _challenge(CHALLENGER, p);
        vm.warp(block.timestamp + WINDOW + 1);
        disputes.expire(header, p);
    }

    function test_answer_lastSecond_holds_afterIt_reverts() public {
        Position memory p = _at(0, 0, 0, 0);
        Position memory q = _at(1, 0, 0, 0);
        _challenge(CHALLENGER, p);
        _challenge(ANYBODY, q);
        vm.warp(DEADLINE);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.TooEarly.selector, DEADLINE, DEADLINE));
        disputes.expire(header, p);
        disputes.answer(header, _openingAt(p));

        vm.warp(DEADLINE + 1);
        bytes memory opening = _openingAt(q);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.TooLate.selector, DEADLINE, DEADLINE + 1));
        disputes.answer(header, opening);
        disputes.expire(header, q);
        vm.assertTrue(disputes.isInvalid(digest));
    }

    function test_expire_byAnyAccount_invalidates_returnsTheBond_finesNone(uint256 seed, address by) public {
        vm.assume(by != CHALLENGER && by != TREASURY);
        Position memory p = _anyPosition(seed);
        _challenge(CHALLENGER, p);
        vm.warp(DEADLINE + 1);
        vm.expectEmit(address(disputes));
        emit IDisputes.Expired(digest, CHALLENGER, p, header);
        vm.expectEmit(address(disputes));
        emit IDisputes.Invalidated(digest, 1);
        vm.prank(by);
        disputes.expire(header, p);

        vm.assertEq(disputes.faultsOf(digest), 1);
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND);
        vm.assertEq(disputes.creditOf(by), 0);
        vm.assertEq(disputes.creditOf(TREASURY), 0);
        vm.assertEq(disputes.depositOf(DISPERSER), DEPOSIT);
        for (uint256 i = 0; i < members.length; i++) {
            vm.assertEq(disputes.depositOf(members[i].signer), DEPOSIT);
        }
        (address challenger, uint48 expiredAt, bool fined) = disputes.expiredPairOf(digest, p.pair);
        vm.assertEq(challenger, CHALLENGER);
        vm.assertEq(expiredAt, DEADLINE + 1);
        vm.assertFalse(fined);
    }

    function test_expire_onlyInItsWindow(uint256 time) public {
        time = _bound(time, START, START + 3 * WINDOW);
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        vm.warp(time);
        bool due = time > DEADLINE && time <= DEADLINE + WINDOW;
        if (!due) {
            bool early = time <= DEADLINE;
            vm.expectRevert(
                early
                    ? abi.encodeWithSelector(IDisputes.TooEarly.selector, DEADLINE, time)
                    : abi.encodeWithSelector(IDisputes.TooLate.selector, DEADLINE + WINDOW, time)
            );
        }
        disputes.expire(header, p);
        vm.assertEq(disputes.isInvalid(digest), due);
    }

    function test_expire_edgesOfItsWindow() public {
        test_expire_onlyInItsWindow(WINDOW);
        setUp();
        test_expire_onlyInItsWindow(WINDOW + 1);
        setUp();
        test_expire_onlyInItsWindow(2 * WINDOW);
        setUp();
        test_expire_onlyInItsWindow(2 * WINDOW + 1);
    }

    function test_reclaim_lapsed_returnsTheBond_andCanBeOpenedAgain(address by) public {
        vm.assume(by != CHALLENGER);
        Position memory p = _at(2, 1, 1, 0);
        _challenge(CHALLENGER, p);
        vm.warp(DEADLINE + WINDOW + 1);
        vm.expectEmit(address(disputes));
        emit IDisputes.Reclaimed(digest, CHALLENGER, p);
        vm.prank(by);
        disputes.reclaim(digest, p);
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND);
        vm.assertFalse(disputes.isInvalid(digest));
        (, uint48 expiredAt,) = disputes.expiredPairOf(digest, p.pair);
        vm.assertEq(expiredAt, 0);

        _challenge(ANYBODY, p);
        disputes.answer(header, _openingAt(p));
        vm.assertTrue(_isAnswered(p));
    }

    function test_reclaim_beforeItLapsed_reverts(uint256 time) public {
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        time = _bound(time, START, DEADLINE + WINDOW);
        vm.warp(time);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.TooEarly.selector, DEADLINE + WINDOW, time));
        disputes.reclaim(digest, p);
    }

    function test_reclaim_onlyOnce(bytes32 any, uint256 seed) public {
        vm.expectPartialRevert(IDisputes.NotChallenged.selector);
        disputes.reclaim(any, _anyPosition(seed));
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        vm.warp(DEADLINE + WINDOW + 1);
        disputes.reclaim(digest, p);
        vm.expectPartialRevert(IDisputes.NotChallenged.selector);
        disputes.reclaim(digest, p);
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND);
    }

    function test_expire_severalOfOnePair_recordsTheFirst(uint256 seed) public {
        _challenge(CHALLENGER, _at(3, 0, seed % 3, 0));
        _challenge(ANYBODY, _at(3, 1, seed % 2, 0));
        vm.warp(DEADLINE + 1);
        disputes.expire(header, _at(3, 1, seed % 2, 0));
        vm.warp(DEADLINE + 2);
        disputes.expire(header, _at(3, 0, seed % 3, 0));
        (address challenger, uint48 expiredAt,) = disputes.expiredPairOf(digest, 3);
        vm.assertEq(challenger, ANYBODY);
        vm.assertEq(expiredAt, DEADLINE + 1);
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND);
        vm.assertEq(disputes.creditOf(ANYBODY), BOND);
    }

    function test_expire_again_afterExpiringAnew_movesNoClock() public {
        // A pair that expires once more gives no second time for its fine.
        _expire(_at(1, 0, 0, 0));
        _expire(_at(1, 0, 1, 0));
        (, uint48 expiredAt,) = disputes.expiredPairOf(digest, 1);
        vm.assertEq(expiredAt, DEADLINE + 1);
    }

    function test_challenge_withheldHeader_atOtherPositions_isPossible(uint256 seed) public {
        _expire(_at(0, 0, 0, 0));
        Position memory p = _anyPosition(seed);
        _challenge(ANYBODY, p);
        // Its answer earns half as any other.
        vm.prank(ANYBODY);
        (bool success,) = address(disputes).call(abi.encodeCall(disputes.answer, (header, _openingAt(p))));
        vm.assertTrue(success);
        vm.assertEq(disputes.creditOf(TREASURY), BOND - BOND / 2);
    }

    function test_expire_withheldHeader_invalidatesNoSecondTime() public {
        _expire(_at(0, 0, 0, 0));
        _challenge(CHALLENGER, _at(1, 0, 0, 0));
        vm.warp(block.timestamp + WINDOW + 1);
        vm.recordLogs();
        disputes.expire(header, _at(1, 0, 0, 0));
        // Expired and Credited.
        vm.assertEq(vm.getRecordedLogs().length, 2);
        vm.assertEq(disputes.faultsOf(digest), 1);
    }

    function test_answer_afterAnotherPairExpired_earnsAsAnyOther() public {
        // A ring lets a pair expire, and asks an honest holder for every symbol of its row: each answer still earns half.
        _challenge(CHALLENGER, _at(0, 0, 0, 0));
        vm.warp(START + 1);
        for (uint256 symbol = 0; symbol < 3; symbol++) {
            _challenge(CHALLENGER, _at(1, 0, symbol, 0));
        }
        vm.warp(DEADLINE + 1);
        disputes.expire(header, _at(0, 0, 0, 0));
        for (uint256 symbol = 0; symbol < 3; symbol++) {
            bytes memory opening = _openingAt(_at(1, 0, symbol, 0));
            vm.prank(ANYBODY);
            disputes.answer(header, opening);
        }
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND);
        vm.assertEq(disputes.creditOf(ANYBODY), 3 * (BOND / 2));
        vm.assertEq(disputes.creditOf(TREASURY), 3 * (BOND - BOND / 2));
        // The pair did not expire: its holder is spared.
        (, uint48 expiredAt,) = disputes.expiredPairOf(digest, 1);
        vm.assertEq(expiredAt, 0);
    }

    function test_answer_afterEvidence_earnsAsAnyOther_andNoOtherChallengeIsOpened() public {
        Encoder.Encoded memory e = Encoder.encode(4, _batch("lie", 150));
        _flipAt(e.rows[3], 0);
        e.commit();
        encoded = abi.encode(e);
        _use(e);
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        Line memory line = Line({side: 1, index: 0, chunk: 0, byteIndex: 0, points: 11});
        disputes.disproveParity(header, INDEX, headerPath, line, _openingsOf(e, line, 0, 3));
        bytes memory opening = _openingAt(p);
        vm.prank(ANYBODY);
        disputes.answer(header, opening);
        vm.assertEq(disputes.creditOf(ANYBODY), BOND / 2);
        vm.assertEq(disputes.creditOf(TREASURY), BOND - BOND / 2);
        vm.assertEq(disputes.creditOf(CHALLENGER), 0);

        vm.deal(CHALLENGER, BOND);
        vm.prank(CHALLENGER);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.AlreadyInvalid.selector, digest, 2));
        disputes.challenge{value: BOND}(header, INDEX, headerPath, _at(1, 0, 0, 0));
    }

    function test_expire_notChallenged_reverts(uint256 seed) public {
        vm.expectPartialRevert(IDisputes.NotChallenged.selector);
        disputes.expire(header, _anyPosition(seed));
    }

    function test_expire_answered_reverts(uint256 time) public {
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        disputes.answer(header, _openingAt(p));
        vm.warp(_bound(time, START, EXPIRY + 10 * WINDOW));
        vm.expectPartialRevert(IDisputes.NotChallenged.selector);
        disputes.expire(header, p);
        vm.expectPartialRevert(IDisputes.NotChallenged.selector);
        disputes.reclaim(digest, p);
    }

    function test_expire_twice_reverts() public {
        Position memory p = _at(0, 0, 0, 0);
        _expire(p);
        vm.expectPartialRevert(IDisputes.NotChallenged.selector);
        disputes.expire(header, p);
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND);
    }

    function test_expire_lastChallenge_settlesTwoWindowsAfterExpiry() public {
        vm.warp(EXPIRY);
        Position memory p = _at(0, 0, 0, 0);
        _challenge(CHALLENGER, p);
        vm.warp(EXPIRY + 2 * WINDOW);
        disputes.expire(header, p);
        vm.assertTrue(disputes.isInvalid(digest));
    }
}
