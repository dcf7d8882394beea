// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/interfaces/IDisputes.sol";
import {OpeningInvalid} from "../src/libraries/Reads.sol";
import {Line} from "../src/types/Line.sol";
import {Position} from "../src/types/Position.sol";
import {DisputesFixture} from "./support/DisputesFixture.sol";
import {Encoder} from "./support/Encoder.sol";

/// @notice Evidence by hostile hands: no valid batch is ever disproved, every kind of invalid one is, and in parts as at once.
contract EvidenceTest is DisputesFixture {
    using Encoder for Encoder.Encoded;

    /// @dev Encoded once: schoolbook arithmetic is slow.
    bytes private small;
    bytes private large;

    function setUp() public override {
        super.setUp();
        small = abi.encode(Encoder.encode(4, _batch("small", 150)));
        // Two chunks to a symbol.
        large = abi.encode(Encoder.encode(4, _batch("large", 6 * 2048 + 100)));
    }

    function _valid() private view returns (Encoder.Encoded memory) {
        return abi.decode(small, (Encoder.Encoded));
    }

    /// @dev A batch in a committee of seven, for which rows and columns have more points than they need.
    function _seven(bytes32 seed) private returns (Encoder.Encoded memory) {
        _startEpoch(_ones(7));
        return Encoder.encode(7, _batch(seed, 100));
    }

    function _digest(Encoder.Encoded memory e) private view returns (bytes32) {
        return ledger.headerDigest(_headerOf(e));
    }

    function _line(uint256 side, uint256 index, uint256 chunk, uint256 byteIndex, uint256 points)
        private
        pure
        returns (Line memory)
    {
        return Line({
            side: uint8(side),
            index: uint8(index),
            chunk: uint32(chunk),
            byteIndex: uint16(byteIndex),
            points: points
        });
    }

    function _all(Encoder.Encoded memory e, Line memory line) private pure returns (bytes[] memory) {
        return _openingsOf(e, line, 0, line.side == 0 ? e.c + 1 : e.r + 1);
    }

    function _disprove(Encoder.Encoded memory e, Line memory line) private returns (bool) {
        bytes memory certificate = _certificateOf(e);
        bytes[] memory openings = _all(e, line);
        vm.prank(CHALLENGER);
        return disputes.disproveParity(certificate, members, line, openings);
    }

    function _expectParity(Encoder.Encoded memory e, Line memory line) private {
        vm.assertTrue(_disprove(e, line));
        _expectDisproved(e);
    }

    function _expectDisproved(Encoder.Encoded memory e) private view {
        vm.assertEq(disputes.faultsOf(_digest(e)), 2);
        vm.assertEq(disputes.depositOf(DISPERSER), DEPOSIT - DISPERSER_FINE);
        vm.assertEq(disputes.creditOf(CHALLENGER), DISPERSER_FINE / 2);
        vm.assertEq(disputes.creditOf(TREASURY), DISPERSER_FINE - DISPERSER_FINE / 2);
        for (uint256 i = 0; i < members.length; i++) {
            uint256 deposit = disputes.depositOf(members[i].signer);
            vm.assertTrue(deposit == 0 || deposit == DEPOSIT);
        }
    }

    // Valid batches

    function test_disproveParity_validColumn_reverts(bytes32 seed, uint256 column, uint256 index) public {
        Encoder.Encoded memory e = _seven(seed);
        column %= e.c;
        Line memory line = _line(1, column, 0, index % e.s, _points(seed, 7, e.r + 1, uint256(seed) % 7));
        bytes memory certificate = _certificateOf(e);
        bytes[] memory openings = _all(e, line);
        vm.expectRevert(bytes.concat(IDisputes.NoContradiction.selector));
        disputes.disproveParity(certificate, members, line, openings);
    }

    function test_disproveParity_validRow_reverts(bytes32 seed, uint256 row, uint256 index) public {
        Encoder.Encoded memory e = _seven(seed);
        row %= e.r;
        Line memory line = _line(0, row, 0, index % e.s, _points(seed, 7, e.c + 1, uint256(seed) % 7));
        bytes memory certificate = _certificateOf(e);
        bytes[] memory openings = _all(e, line);
        vm.expectRevert(bytes.concat(IDisputes.NoContradiction.selector));
        disputes.disproveParity(certificate, members, line, openings);
    }

    function test_disproveSymbol_valid_reverts(uint256 row, uint256 column) public {
        Encoder.Encoded memory e = abi.decode(large, (Encoder.Encoded));
        (row, column) = (row % e.r, column % e.c);
        bytes memory certificate = _certificateOf(e);
        // Different chunks of one symbol lead to one root.
        bytes memory inRow = e.open(row, 0, column, 0);
        bytes memory inColumn = e.open(column, 1, row, 1);
        vm.expectRevert(bytes.concat(IDisputes.NoContradiction.selector));
        disputes.disproveSymbol(certificate, members, inRow, inColumn);
    }

    function test_disprovePadding_valid_reverts(uint256 pair, uint256 symbol, uint256 index) public {
        Encoder.Encoded memory e = _valid();
        bytes memory certificate = _certificateOf(e);
        (pair, symbol, index) = (pair % e.r, symbol % e.c, index % e.s);
        bytes memory opening = e.open(pair, 0, symbol, 0);
        vm.expectRevert(bytes.concat(IDisputes.NoContradiction.selector));
        disputes.disprovePadding(certificate, members, opening, uint16(index));
    }

    function test_disprovePadding_parityRow_reverts() public {
        // Parity is not zero, and is no padding.
        Encoder.Encoded memory e = _valid();
        bytes memory certificate = _certificateOf(e);
        for (uint256 pair = 0; pair < 4; pair++) {
            for (uint256 side = pair < 2 ? 1 : 0; side < 2; side++) {
                bytes memory opening = e.open(pair, side, 1, 0);
                vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningMisplaced.selector, 0));
                disputes.disprovePadding(certificate, members, opening, 31);
            }
        }
    }

    // Invalid ones

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

    function test_disproveSymbol_different_works(bytes32 seed, uint256 row, uint256 column, uint256 index)
        public
    {
        Encoder.Encoded memory e = _seven(seed);
        (row, column, index) = (row % e.r, column % e.c, index % e.s);
        _flipAt(e.columns[column], row * e.s + index);
        e.commit();
        bytes memory certificate = _certificateOf(e);
        (bytes memory inRow, bytes memory inColumn) = (e.open(row, 0, column, 0), e.open(column, 1, row, 0));
        vm.expectEmit(address(disputes));
        emit IDisputes.Invalidated(_digest(e), 2);
        vm.prank(CHALLENGER);
        disputes.disproveSymbol(certificate, members, inRow, inColumn);
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
        bytes memory certificate = _certificateOf(e);
        bytes memory opening = e.open(index / 96, 0, index / 32 % 3, 0);
        vm.prank(CHALLENGER);
        disputes.disprovePadding(certificate, members, opening, uint16(index % 32));
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

    function _part(Encoder.Encoded memory e, Line memory line, uint256 from, uint256 to)
        private
        returns (bool)
    {
        bytes memory certificate = _certificateOf(e);
        bytes[] memory openings = _openingsOf(e, line, from, to);
        vm.prank(CHALLENGER);
        return disputes.disproveParity(certificate, members, line, openings);
    }

    function test_disproveParity_validInParts_reverts(bytes32 seed, uint256 split) public {
        Encoder.Encoded memory e = _seven(seed);
        Line memory line = _line(0, 1, 0, 5, 63);
        split = _bound(split, 1, e.c);
        vm.assertFalse(_part(e, line, 0, split));
        bytes memory certificate = _certificateOf(e);
        bytes[] memory openings = _openingsOf(e, line, split, e.c + 1);
        vm.expectRevert(bytes.concat(IDisputes.NoContradiction.selector));
        vm.prank(CHALLENGER);
        disputes.disproveParity(certificate, members, line, openings);
    }

    function test_disproveParity_partsOfAnother_doNotMix() public {
        Encoder.Encoded memory e = _valid();
        _flipAt(e.rows[3], 0);
        e.commit();
        Line memory line = _line(1, 0, 0, 0, 11);
        vm.assertFalse(_part(e, line, 0, 2));
        // Nobody's first part is anybody's second, nor of another line.
        bytes memory certificate = _certificateOf(e);
        bytes[] memory openings = _openingsOf(e, line, 2, 3);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningMisplaced.selector, 0));
        disputes.disproveParity(certificate, members, line, openings);
        line.points = 13;
        vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningMisplaced.selector, 0));
        vm.prank(CHALLENGER);
        disputes.disproveParity(certificate, members, line, openings);
        line.points = 11;
        vm.assertTrue(_part(e, line, 2, 3));
    }

    function test_disproveParity_partTwice_reverts() public {
        Encoder.Encoded memory e = _valid();
        Line memory line = _line(1, 0, 0, 0, 11);
        vm.assertFalse(_part(e, line, 0, 1));
        bytes memory certificate = _certificateOf(e);
        bytes[] memory openings = _openingsOf(e, line, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningMisplaced.selector, 1));
        vm.prank(CHALLENGER);
        disputes.disproveParity(certificate, members, line, openings);
    }

    function test_disproveParity_openingsCount_bounded() public {
        Encoder.Encoded memory e = _valid();
        Line memory line = _line(1, 0, 0, 0, 7);
        bytes memory certificate = _certificateOf(e);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningsCountInvalid.selector, 3, 0));
        disputes.disproveParity(certificate, members, line, new bytes[](0));
        vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningsCountInvalid.selector, 3, 4));
        disputes.disproveParity(certificate, members, line, new bytes[](4));
    }

    // What is no evidence

    function test_disproveParity_lineInvalid_reverts(uint8 side, uint8 index, uint256 points) public {
        // Of 4 shards: rows 0 … 1 with 4 points, columns 0 … 2 with 3.
        uint256 bits = 0;
        for (uint256 i = 0; i < 256; i++) {
            bits += (points >> i) & 1;
        }
        bool valid = side == 0 ? index < 2 && bits == 4 : side == 1 && index < 3 && bits == 3;
        vm.assume(!valid || points >> 4 != 0);
        Encoder.Encoded memory e = _valid();
        bytes memory certificate = _certificateOf(e);
        Line memory line = _line(side, index, 0, 0, points);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.LineInvalid.selector, line));
        disputes.disproveParity(certificate, members, line, new bytes[](1));
    }

    function test_disproveParity_everyEdgeOfALine_reverts() public {
        test_disproveParity_lineInvalid_reverts(0, 2, 15);
        test_disproveParity_lineInvalid_reverts(1, 3, 7);
        test_disproveParity_lineInvalid_reverts(2, 0, 15);
        test_disproveParity_lineInvalid_reverts(0, 0, 7);
        test_disproveParity_lineInvalid_reverts(1, 0, 15);
        test_disproveParity_lineInvalid_reverts(1, 0, 3);
        test_disproveParity_lineInvalid_reverts(1, 0, 16 | 3);
        test_disproveParity_lineInvalid_reverts(1, 0, 1 << 255 | 3);
        test_disproveParity_lineInvalid_reverts(0, 0, 0);
    }

    function test_disproveParity_misplaced_reverts(uint256 which, uint256 seed) public {
        // A broken column, and one of its openings replaced by another that holds.
        Encoder.Encoded memory e = _valid();
        _flipAt(e.rows[3], 0);
        e.commit();
        Line memory line = _line(1, 0, 0, 0, 11);
        bytes[] memory openings = _all(e, line);
        which %= 3;
        uint256 side = seed % 2;
        uint256 pair = (seed >> 8) % 4;
        uint256 symbol = (seed >> 16) % (side == 0 ? 3 : 2);
        uint256 point = which == 2 ? 3 : which;
        vm.assume(side != 0 || pair != point || symbol != 0);
        openings[which] = e.open(pair, side, symbol, 0);
        bytes memory certificate = _certificateOf(e);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningMisplaced.selector, point));
        disputes.disproveParity(certificate, members, line, openings);
    }

    function test_disproveParity_anotherChunk_reverts() public {
        Encoder.Encoded memory e = abi.decode(large, (Encoder.Encoded));
        Line memory line = _line(1, 0, 0, 0, 11);
        bytes[] memory openings = _all(e, line);
        openings[1] = e.open(1, 0, 0, 1);
        bytes memory certificate = _certificateOf(e);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningMisplaced.selector, 1));
        disputes.disproveParity(certificate, members, line, openings);
    }

    function test_disproveParity_byteOutside_reverts() public {
        Encoder.Encoded memory e = _valid();
        Line memory line = _line(1, 0, 0, 32, 11);
        bytes[] memory openings = _all(e, line);
        bytes memory certificate = _certificateOf(e);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.ByteOutside.selector, 32, 32));
        disputes.disproveParity(certificate, members, line, openings);
    }

    function test_evidence_mutatedOpening_reverts(uint256 index, uint8 mask) public {
        vm.assume(mask != 0);
        Encoder.Encoded memory e = _valid();
        Line memory line = _line(1, 0, 0, 0, 11);
        bytes[] memory openings = _all(e, line);
        openings[0] = _flip(openings[0], index % openings[0].length, mask);
        bytes memory call =
            abi.encodeCall(disputes.disproveParity, (_certificateOf(e), members, line, openings));
        (bool success,) = address(disputes).call(call);
        vm.assertFalse(success);
    }

    function test_evidence_openingsOfAnotherBatch_revert() public {
        Encoder.Encoded memory e = _valid();
        Encoder.Encoded memory evil = _valid();
        _flipAt(evil.rows[3], 0);
        evil.commit();
        bytes memory certificate = _certificateOf(e);
        Line memory line = _line(1, 0, 0, 0, 11);
        bytes[] memory openings = _all(evil, line);
        vm.expectRevert(bytes.concat(OpeningInvalid.selector));
        disputes.disproveParity(certificate, members, line, openings);
    }

    function test_evidence_withoutQuorum_reverts() public {
        // Whoever signs alone disproves nothing and frames nobody.
        Encoder.Encoded memory e = _valid();
        _flipAt(e.rows[3], 0);
        e.commit();
        bytes memory certificate = _certify(_headerOf(e), 1, 3);
        Line memory line = _line(1, 0, 0, 0, 11);
        bytes[] memory openings = _all(e, line);
        vm.expectRevert(bytes.concat(IDisputes.CertificateInvalid.selector));
        disputes.disproveParity(certificate, members, line, openings);
    }

    function test_evidence_twice_reverts() public {
        Encoder.Encoded memory e = _valid();
        _flipAt(e.rows[3], 0);
        e.commit();
        Line memory line = _line(1, 0, 0, 0, 11);
        vm.assertTrue(_disprove(e, line));
        bytes memory certificate = _certificateOf(e);
        bytes[] memory openings = _all(e, line);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.AlreadyInvalid.selector, _digest(e), 2));
        disputes.disproveParity(certificate, members, line, openings);
        _expectDisproved(e);
    }

    function test_evidence_afterExpiryAndWithheld_stillFines() public {
        Encoder.Encoded memory e = _valid();
        _flipAt(e.rows[3], 0);
        e.commit();
        Position memory p = _at(0, 0, 0, 0);
        bytes memory certificate = _certificateOf(e);
        vm.deal(ANYBODY, BOND);
        vm.prank(ANYBODY);
        disputes.challenge{value: BOND}(certificate, members, p);
        vm.warp(EXPIRY + 10 * WINDOW);
        disputes.expire(_digest(e), ANYBODY, p);
        vm.assertEq(disputes.faultsOf(_digest(e)), 1);
        vm.assertTrue(_disprove(e, _line(1, 0, 0, 0, 11)));
        vm.assertEq(disputes.faultsOf(_digest(e)), 3);
        vm.assertEq(disputes.depositOf(DISPERSER), DEPOSIT - DISPERSER_FINE);
    }

    function test_evidence_anyGas_neverHalfDone(uint256 amount) public {
        Encoder.Encoded memory e = _valid();
        _flipAt(e.rows[3], 0);
        e.commit();
        Line memory line = _line(1, 0, 0, 0, 11);
        bytes memory call =
            abi.encodeCall(disputes.disproveParity, (_certificateOf(e), members, line, _all(e, line)));
        (bool success,) = address(disputes).call{gas: _bound(amount, 0, 300_000)}(call);
        vm.assertEq(success, disputes.isInvalid(_digest(e)));
        vm.assertEq(disputes.depositOf(DISPERSER), DEPOSIT - (success ? DISPERSER_FINE : 0));
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
        bytes memory certificate = _certificateOf(e);
        vm.prank(CHALLENGER);
        disputes.challenge{value: BOND}(certificate, members, p);
        bytes memory header = _headerOf(e);
        bytes memory opening = e.open(p.pair, p.side, p.symbol, p.chunk);
        vm.expectRevert(bytes.concat(OpeningInvalid.selector));
        disputes.answer(header, CHALLENGER, opening);
        vm.warp(START + WINDOW + 1);
        disputes.expire(_digest(e), CHALLENGER, p);
        vm.assertTrue(disputes.isInvalid(_digest(e)));
    }
}
