// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/interfaces/IDisputes.sol";
import {OpeningInvalid} from "../src/libraries/Reads.sol";
import {Line} from "../src/types/Line.sol";
import {Position} from "../src/types/Position.sol";
import {Encoder} from "./support/Encoder.sol";
import {EvidenceFixture} from "./support/EvidenceFixture.sol";

/// @notice Every kind of invalid batch is disproved, in parts as at once, or cannot be opened.
contract EvidenceTest is EvidenceFixture {
    using Encoder for Encoder.Encoded;

    // Invalid ones

    /// forge-config: default.fuzz.runs = 64
    function test_disproveParity_brokenColumn_works(bytes32 seed, uint256 row, uint256 column, uint256 index)
        public
    {
        Encoder.Encoded memory e = _seven(seed);
        (row, column, index) = (row % 7, column % e.c, index % e.s);
        _flipAt(e.rows[row], column * e.s + index);
        e.commit();
        uint256 points = _points(seed, 7, e.r + 1, row);
        _expectParity(e, _line(1, column, 0, index, points));
    }

    /// forge-config: default.fuzz.runs = 64
    function test_disproveParity_brokenRow_works(bytes32 seed, uint256 row, uint256 column, uint256 index)
        public
    {
        Encoder.Encoded memory e = _seven(seed);
        (row, column, index) = (row % e.r, e.c + column % (7 - e.c), index % e.s);
        _flipAt(e.columns[column], row * e.s + index);
        e.commit();
        uint256 points = (1 << e.c) - 1 | 1 << column;
        _expectParity(e, _line(0, row, 0, index, points));
    }

    /// forge-config: default.fuzz.runs = 64
    function test_disproveSymbol_different_works(bytes32 seed, uint256 row, uint256 column, uint256 index)
        public
    {
        Encoder.Encoded memory e = _seven(seed);
        (row, column, index) = (row % e.r, column % e.c, index % e.s);
        _flipAt(e.columns[column], row * e.s + index);
        e.commit();
        bytes memory header = _postedOf(e);
        (bytes memory inRow, bytes memory inColumn) = (e.open(row, 0, column, 0), e.open(column, 1, row, 0));
        vm.expectEmit(address(disputes));
        emit IDisputes.Invalidated(_digest(e), 2);
        vm.prank(CHALLENGER);
        disputes.disproveSymbol(header, 0, "", inRow, inColumn);
        _expectDisproved(e);
    }

    function test_disprovePadding_nonZero_works(bytes32 seed, uint256 length, uint256 index) public {
        length = _bound(length, 1, 191);
        index = _bound(index, length, 191);
        bytes memory padded = _batch(seed, 192);
        for (uint256 i = length; i < 192; i++) {
            padded[i] = i == index ? bytes1(0x80) : bytes1(0);
        }
        Encoder.Encoded memory e = Encoder.code(4, length, padded);
        e.commit();
        bytes memory header = _postedOf(e);
        bytes memory opening = e.open(index / 96, 0, index / 32 % 3, 0);
        vm.prank(CHALLENGER);
        disputes.disprovePadding(header, 0, "", opening, uint16(index % 32));
        _expectDisproved(e);
    }

    function test_disproveParity_secondChunk_works() public {
        Encoder.Encoded memory e = abi.decode(large, (Encoder.Encoded));
        _flipAt(e.rows[3], e.s - 1);
        e.commit();
        vm.assertTrue(_disprove(e, _line(1, 0, 1, e.s - 2049, 11)));
        _expectDisproved(e);
    }

    // Parts

    /// forge-config: default.fuzz.runs = 64
    function test_disproveParity_inParts_works(bytes32 seed, uint256 first, uint256 second) public {
        Encoder.Encoded memory e = _seven(seed);
        _flipAt(e.columns[6], 3);
        e.commit();
        Line memory line = _line(0, 0, 0, 3, 95);
        first = _bound(first, 1, e.c - 1);
        second = _bound(second, first + 1, e.c);
        vm.assertFalse(_part(e, line, 0, first));
        vm.assertFalse(_part(e, line, first, second));
        bytes32 claim = keccak256(
            abi.encode(CHALLENGER, _digest(e), line.side, line.index, line.chunk, line.byteIndex, line.points)
        );
        (uint8 count,) = disputes.progressOf(claim);
        vm.assertEq(count, second);
        vm.assertFalse(disputes.isInvalid(_digest(e)));
        vm.assertTrue(_part(e, line, second, e.c + 1));
        (count,) = disputes.progressOf(claim);
        vm.assertEq(count, 0);
        _expectDisproved(e);
    }

    /// forge-config: default.fuzz.runs = 64
    function test_disproveParity_validInParts_reverts(bytes32 seed, uint256 split) public {
        Encoder.Encoded memory e = _seven(seed);
        Line memory line = _line(0, 1, 0, 5, 63);
        split = _bound(split, 1, e.c);
        vm.assertFalse(_part(e, line, 0, split));
        bytes memory header = _postedOf(e);
        bytes[] memory openings = _openingsOf(e, line, split, e.c + 1);
        vm.expectRevert(bytes.concat(IDisputes.NoContradiction.selector));
        vm.prank(CHALLENGER);
        disputes.disproveParity(header, 0, "", line, openings);
    }

    function test_disproveParity_partsOfAnother_doNotMix() public {
        Encoder.Encoded memory e = _valid();
        _flipAt(e.rows[3], 0);
        e.commit();
        Line memory line = _line(1, 0, 0, 0, 11);
        vm.assertFalse(_part(e, line, 0, 2));
        // The first part of one sender is not continued by another sender, nor for another line.
        bytes memory header = _postedOf(e);
        bytes[] memory openings = _openingsOf(e, line, 2, 3);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningMisplaced.selector, 0));
        disputes.disproveParity(header, 0, "", line, openings);
        line.points = 13;
        vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningMisplaced.selector, 0));
        vm.prank(CHALLENGER);
        disputes.disproveParity(header, 0, "", line, openings);
        line.points = 11;
        vm.assertTrue(_part(e, line, 2, 3));
    }

    function test_disproveParity_partTwice_reverts() public {
        Encoder.Encoded memory e = _valid();
        Line memory line = _line(1, 0, 0, 0, 11);
        vm.assertFalse(_part(e, line, 0, 1));
        bytes memory header = _postedOf(e);
        bytes[] memory openings = _openingsOf(e, line, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningMisplaced.selector, 1));
        vm.prank(CHALLENGER);
        disputes.disproveParity(header, 0, "", line, openings);
    }

    function test_disproveParity_openingsCount_bounded() public {
        Encoder.Encoded memory e = _valid();
        Line memory line = _line(1, 0, 0, 0, 7);
        bytes memory header = _postedOf(e);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningsCountInvalid.selector, 3, 0));
        disputes.disproveParity(header, 0, "", line, new bytes[](0));
        vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningsCountInvalid.selector, 3, 4));
        disputes.disproveParity(header, 0, "", line, new bytes[](4));
    }

    // When

    function test_evidence_untilAWindowAfterExpiry(uint256 time) public {
        Encoder.Encoded memory e = _valid();
        _flipAt(e.rows[3], 0);
        e.commit();
        bytes memory header = _postedOf(e);
        Line memory line = _line(1, 0, 0, 0, 11);
        bytes[] memory openings = _all(e, line);
        uint256 until = EXPIRY + WINDOW;
        time = _bound(time, START, until + 3 * WINDOW);
        vm.warp(time);
        if (time > until) vm.expectRevert(abi.encodeWithSelector(IDisputes.TooLate.selector, until, time));
        disputes.disproveParity(header, 0, "", line, openings);
        vm.assertEq(disputes.isInvalid(_digest(e)), time <= until);
    }

    function test_evidence_edgesOfItsTime() public {
        test_evidence_untilAWindowAfterExpiry(EXPIRY + WINDOW - START);
        setUp();
        test_evidence_untilAWindowAfterExpiry(EXPIRY + WINDOW + 1 - START);
    }

    function test_evidence_partsBegunInTime_endInTime() public {
        Encoder.Encoded memory e = _valid();
        _flipAt(e.rows[3], 0);
        e.commit();
        Line memory line = _line(1, 0, 0, 0, 11);
        vm.assertFalse(_part(e, line, 0, 2));
        vm.warp(EXPIRY + WINDOW + 1);
        bytes memory header = _headerOf(e);
        bytes[] memory openings = _openingsOf(e, line, 2, 3);
        vm.expectPartialRevert(IDisputes.TooLate.selector);
        vm.prank(CHALLENGER);
        disputes.disproveParity(header, 0, "", line, openings);
    }

    function test_evidence_withheldHeader_addsTheOtherFault() public {
        // A challenge that an accomplice does not answer does not save the disperser from the proof.
        Encoder.Encoded memory e = _valid();
        _flipAt(e.rows[3], 0);
        e.commit();
        Position memory p = _at(0, 0, 0, 0);
        bytes memory header = _postedOf(e);
        vm.deal(ANYBODY, BOND);
        vm.prank(ANYBODY);
        disputes.challenge{value: BOND}(header, 0, "", p);
        vm.warp(START + WINDOW + 1);
        disputes.expire(header, p);
        vm.assertEq(disputes.faultsOf(_digest(e)), 1);
        vm.expectEmit(address(disputes));
        emit IDisputes.Invalidated(_digest(e), 3);
        vm.assertTrue(_disprove(e, _line(1, 0, 0, 0, 11)));
        vm.assertEq(disputes.faultsOf(_digest(e)), 3);
    }

    // Roots that differ from every batch's where no chunk shows it

    function test_padding_ofSymbolTree_opensNowhereNearIt() public {
        // Three chunks, so that a symbol's tree has padding.
        _expectUnopenable(Encoder.encode(4, _batch("three", 6 * 4096 + 100)), 0, _at(0, 0, 0, 2));
    }

    function test_padding_ofSliverTree_opensNowhereNearIt() public {
        _expectUnopenable(_valid(), 1, _at(0, 0, 2, 0));
    }

    function test_padding_ofPairTree_opensNowhereNearIt() public {
        _expectUnopenable(_seven("pads"), 2, _at(6, 0, 0, 0));
    }

    function _expectUnopenable(Encoder.Encoded memory e, uint256 tree, Position memory p) private {
        e.pads[tree] = bytes32(uint256(1));
        e.commit();
        bytes memory header = _postedOf(e);
        vm.prank(CHALLENGER);
        disputes.challenge{value: BOND}(header, 0, "", p);
        bytes memory opening = e.open(p.pair, p.side, p.symbol, p.chunk);
        vm.expectRevert(bytes.concat(OpeningInvalid.selector));
        disputes.answer(header, opening);
        vm.warp(START + WINDOW + 1);
        disputes.expire(header, p);
        vm.assertTrue(disputes.isInvalid(_digest(e)));
    }
}
