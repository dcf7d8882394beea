// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/interfaces/IDisputes.sol";
import {IStakes} from "../src/interfaces/IStakes.sol";
import {Line} from "../src/types/Line.sol";
import {Position} from "../src/types/Position.sol";
import {Encoder} from "./support/Encoder.sol";
import {FinesFixture} from "./support/FinesFixture.sol";

/// @notice What a disperser pays: over a pair whose holder never attested, or over an inconsistent header, if its own signature is
/// shown, in time, once each.
contract DisperserFinesTest is FinesFixture {
    using Encoder for Encoder.Encoded;

    // The disperser of an expired pair

    function test_fineDisperserOverWithheld_holderNotFined_paysTheChallenger(uint256 pair, address by)
        public
    {
        vm.assume(by != CHALLENGER && by != TREASURY);
        pair %= 4;
        _expire(pair);
        vm.warp(EXPIRED + WINDOW + 1);
        bytes memory requested = _requested(header);
        vm.expectEmit(address(disputes));
        emit IStakes.Fined(DISPERSER, CHALLENGER, DISPERSER_FINE);
        vm.prank(by);
        disputes.fineDisperserOverWithheld(header, uint8(pair), requested);
        _expectDeposits(0, 0, DISPERSER_FINE);
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND + DISPERSER_FINE / 2);
        vm.assertEq(disputes.creditOf(TREASURY), DISPERSER_FINE - DISPERSER_FINE / 2);
        vm.assertEq(disputes.creditOf(by), 0);
    }

    function test_fineDisperserOverWithheld_onlyInItsWindow(uint256 time) public {
        _expire(0);
        uint256 from = EXPIRED + WINDOW;
        time = _bound(time, EXPIRED, EXPIRED + 3 * WINDOW);
        vm.warp(time);
        bytes memory requested = _requested(header);
        bool due = time > from && time <= from + WINDOW;
        if (!due) {
            vm.expectRevert(
                time <= from
                    ? abi.encodeWithSelector(IDisputes.TooEarly.selector, from, time)
                    : abi.encodeWithSelector(IDisputes.TooLate.selector, from + WINDOW, time)
            );
        }
        disputes.fineDisperserOverWithheld(header, 0, requested);
        _expectDeposits(0, 0, due ? DISPERSER_FINE : 0);
    }

    function test_fineDisperserOverWithheld_edgesOfItsWindow() public {
        uint256[4] memory times = [uint256(WINDOW), WINDOW + 1, 2 * WINDOW, 2 * WINDOW + 1];
        for (uint256 i = 0; i < 4; i++) {
            if (i > 0) setUp();
            // As the bound maps it: into EXPIRED … EXPIRED + 3·WINDOW.
            test_fineDisperserOverWithheld_onlyInItsWindow(times[i]);
        }
    }

    function test_fineDisperserOverWithheld_holderFined_reverts() public {
        _expire(0);
        _fineHolder(0);
        vm.warp(EXPIRED + WINDOW + 1);
        bytes memory requested = _requested(header);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.AlreadyFined.selector, digest));
        disputes.fineDisperserOverWithheld(header, 0, requested);
        _expectDeposits(_holder(root, 0), OPERATOR_FINE, 0);
    }

    function test_fineDisperserOverWithheld_severalPairs_onceAHeader() public {
        for (uint256 pair = 0; pair < 4; pair++) {
            _challenge(CHALLENGER, _at(pair, 0, 0, 0));
        }
        vm.warp(EXPIRED);
        for (uint256 pair = 0; pair < 4; pair++) {
            disputes.expire(header, _at(pair, 0, 0, 0));
        }
        vm.warp(EXPIRED + WINDOW + 1);
        _fineOverWithheld(2);
        bytes memory requested = _requested(header);
        for (uint256 pair = 0; pair < 4; pair++) {
            vm.expectRevert(abi.encodeWithSelector(IDisputes.AlreadyFined.selector, digest));
            disputes.fineDisperserOverWithheld(header, uint8(pair), requested);
        }
        _expectDeposits(0, 0, DISPERSER_FINE);
    }

    function test_fineDisperserOverWithheld_notExpired_reverts() public {
        _expire(0);
        vm.warp(EXPIRED + WINDOW + 1);
        bytes memory requested = _requested(header);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotAtFault.selector, digest));
        disputes.fineDisperserOverWithheld(header, 1, requested);
    }

    // The disperser of an inconsistent header

    /// forge-config: default.fuzz.runs = 64
    function test_fineDisperserOverInconsistent_paysTheProver(address by) public {
        vm.assume(by != CHALLENGER && by != TREASURY);
        _prove();
        bytes memory requested = _requested(header);
        vm.prank(by);
        disputes.fineDisperserOverInconsistent(header, requested);
        _expectDeposits(0, 0, DISPERSER_FINE);
        vm.assertEq(disputes.creditOf(CHALLENGER), DISPERSER_FINE / 2);
        vm.assertEq(disputes.creditOf(TREASURY), DISPERSER_FINE - DISPERSER_FINE / 2);
        (,, bool overWithheld, bool overInconsistent) = disputes.proofOf(digest);
        vm.assertFalse(overWithheld);
        vm.assertTrue(overInconsistent);

        vm.expectRevert(abi.encodeWithSelector(IDisputes.AlreadyFined.selector, digest));
        disputes.fineDisperserOverInconsistent(header, requested);
    }

    /// forge-config: default.fuzz.runs = 64
    function test_fineDisperserOverInconsistent_untilAWindowAfterTheProof(uint256 time) public {
        _prove();
        time = _bound(time, START, START + 2 * WINDOW);
        vm.warp(time);
        bytes memory requested = _requested(header);
        uint256 until = START + WINDOW;
        if (time > until) vm.expectRevert(abi.encodeWithSelector(IDisputes.TooLate.selector, until, time));
        disputes.fineDisperserOverInconsistent(header, requested);
        _expectDeposits(0, 0, time > until ? 0 : DISPERSER_FINE);
    }

    function test_fineDisperserOverInconsistent_onlyWithheld_reverts() public {
        _expire(0);
        bytes memory requested = _requested(header);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotAtFault.selector, digest));
        disputes.fineDisperserOverInconsistent(header, requested);
    }

    function test_fineDisperser_bothFaults_onceEach() public {
        Position memory p = _at(0, 0, 0, 0);
        Encoder.Encoded memory e = Encoder.encode(4, _batch("lie", 150));
        _flipAt(e.rows[3], 0);
        e.commit();
        _use(e);
        _challenge(CHALLENGER, p);
        vm.warp(EXPIRED);
        disputes.expire(header, p);
        Line memory line = Line({side: 1, index: 0, chunk: 0, byteIndex: 0, points: 11});
        disputes.disproveParity(header, INDEX, headerPath, line, _openingsOf(e, line, 0, 3));
        // A deposit that pays for one and a part of the other: the rest is all that there is.
        disputes.fineDisperserOverInconsistent(header, _requested(header));
        vm.warp(EXPIRED + WINDOW + 1);
        _fineOverWithheld(0);
        vm.assertEq(disputes.depositOf(DISPERSER), 0);
        vm.assertEq(disputes.creditOf(address(this)), DISPERSER_FINE / 2);
        vm.assertEq(disputes.creditOf(CHALLENGER), BOND + (DEPOSIT - DISPERSER_FINE) / 2);
    }

    /// forge-config: default.fuzz.runs = 64
    function test_fineDisperser_signatureNotItsOwn_finesNone(uint256 key, bytes memory any) public {
        key = _bound(key, 1, 1 << 250);
        vm.assume(key != DISPERSER_KEY);
        _prove();
        bytes memory signature = _signOne(key, digest);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotSigned.selector, DISPERSER, digest));
        disputes.fineDisperserOverInconsistent(header, signature);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotSigned.selector, DISPERSER, digest));
        disputes.fineDisperserOverInconsistent(header, any);
        // Its signature of another header says nothing of this one.
        bytes memory another = _requested(posted[0]);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotSigned.selector, DISPERSER, digest));
        disputes.fineDisperserOverInconsistent(header, another);
    }
}
