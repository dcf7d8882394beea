// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../src/interfaces/IDisputes.sol";
import {OpeningInvalid} from "../src/libraries/Reads.sol";
import {Line} from "../src/types/Line.sol";
import {Encoder} from "./support/Encoder.sol";
import {EvidenceFixture} from "./support/EvidenceFixture.sol";

/// @notice What is no evidence, by hostile hands: no valid batch is ever disproved.
contract NoEvidenceTest is EvidenceFixture {
    using Encoder for Encoder.Encoded;

    // Valid batches

    /// forge-config: default.fuzz.runs = 64
    function test_disproveParity_validColumn_reverts(bytes32 seed, uint256 column, uint256 index) public {
        Encoder.Encoded memory e = _seven(seed);
        column %= e.c;
        Line memory line = _line(1, column, 0, index % e.s, _points(seed, 7, e.r + 1, uint256(seed) % 7));
        bytes memory header = _postedOf(e);
        bytes[] memory openings = _all(e, line);
        vm.expectRevert(bytes.concat(IDisputes.NoContradiction.selector));
        disputes.disproveParity(header, 0, "", line, openings);
    }

    /// forge-config: default.fuzz.runs = 64
    function test_disproveParity_validRow_reverts(bytes32 seed, uint256 row, uint256 index) public {
        Encoder.Encoded memory e = _seven(seed);
        row %= e.r;
        Line memory line = _line(0, row, 0, index % e.s, _points(seed, 7, e.c + 1, uint256(seed) % 7));
        bytes memory header = _postedOf(e);
        bytes[] memory openings = _all(e, line);
        vm.expectRevert(bytes.concat(IDisputes.NoContradiction.selector));
        disputes.disproveParity(header, 0, "", line, openings);
    }

    /// forge-config: default.fuzz.runs = 64
    function test_disproveSymbol_valid_reverts(uint256 row, uint256 column) public {
        Encoder.Encoded memory e = abi.decode(large, (Encoder.Encoded));
        (row, column) = (row % e.r, column % e.c);
        bytes memory header = _postedOf(e);
        // Different chunks of one symbol lead to one root.
        bytes memory inRow = e.open(row, 0, column, 0);
        bytes memory inColumn = e.open(column, 1, row, 1);
        vm.expectRevert(bytes.concat(IDisputes.NoContradiction.selector));
        disputes.disproveSymbol(header, 0, "", inRow, inColumn);
    }

    function test_disprovePadding_valid_reverts(uint256 pair, uint256 symbol, uint256 index) public {
        Encoder.Encoded memory e = _valid();
        bytes memory header = _postedOf(e);
        (pair, symbol, index) = (pair % e.r, symbol % e.c, index % e.s);
        bytes memory opening = e.open(pair, 0, symbol, 0);
        vm.expectRevert(bytes.concat(IDisputes.NoContradiction.selector));
        disputes.disprovePadding(header, 0, "", opening, uint16(index));
    }

    function test_disprovePadding_parityRow_reverts() public {
        // Parity is not zero, and is no padding.
        Encoder.Encoded memory e = _valid();
        bytes memory header = _postedOf(e);
        for (uint256 pair = 0; pair < 4; pair++) {
            for (uint256 side = pair < 2 ? 1 : 0; side < 2; side++) {
                bytes memory opening = e.open(pair, side, 1, 0);
                vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningMisplaced.selector, 0));
                disputes.disprovePadding(header, 0, "", opening, 31);
            }
        }
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
        bytes memory header = _postedOf(e);
        Line memory line = _line(side, index, 0, 0, points);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.LineInvalid.selector, line));
        disputes.disproveParity(header, 0, "", line, new bytes[](1));
    }

    function test_disproveParity_everyEdgeOfALine_reverts() public {
        test_disproveParity_lineInvalid_reverts(0, 2, 15);
        test_disproveParity_lineInvalid_reverts(1, 3, 7);
        test_disproveParity_lineInvalid_reverts(2, 0, 15);
        test_disproveParity_lineInvalid_reverts(0, 0, 7);
        test_disproveParity_lineInvalid_reverts(1, 0, 15);
        test_disproveParity_lineInvalid_reverts(1, 0, 3);
        test_disproveParity_lineInvalid_reverts(1, 0, 16 | 3);
        test_disproveParity_lineInvalid_reverts(1, 0, 16 | 7);
        test_disproveParity_lineInvalid_reverts(0, 0, 1 << 255 | 15);
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
        bytes memory header = _postedOf(e);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningMisplaced.selector, point));
        disputes.disproveParity(header, 0, "", line, openings);
    }

    function test_disproveParity_anotherChunk_reverts() public {
        Encoder.Encoded memory e = abi.decode(large, (Encoder.Encoded));
        Line memory line = _line(1, 0, 0, 0, 11);
        bytes[] memory openings = _all(e, line);
        openings[1] = e.open(1, 0, 0, 1);
        bytes memory header = _postedOf(e);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.OpeningMisplaced.selector, 1));
        disputes.disproveParity(header, 0, "", line, openings);
    }

    function test_disproveParity_byteOutside_reverts() public {
        Encoder.Encoded memory e = _valid();
        Line memory line = _line(1, 0, 0, 32, 11);
        bytes[] memory openings = _all(e, line);
        bytes memory header = _postedOf(e);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.ByteOutside.selector, 32, 32));
        disputes.disproveParity(header, 0, "", line, openings);
    }

    function test_evidence_mutatedOpening_reverts(uint256 index, uint8 mask) public {
        vm.assume(mask != 0);
        Encoder.Encoded memory e = _valid();
        Line memory line = _line(1, 0, 0, 0, 11);
        bytes[] memory openings = _all(e, line);
        openings[0] = _flip(openings[0], index % openings[0].length, mask);
        bytes memory call = abi.encodeCall(disputes.disproveParity, (_postedOf(e), 0, "", line, openings));
        (bool success,) = address(disputes).call(call);
        vm.assertFalse(success);
    }

    function test_evidence_openingsOfAnotherBatch_revert() public {
        Encoder.Encoded memory e = _valid();
        Encoder.Encoded memory evil = _valid();
        _flipAt(evil.rows[3], 0);
        evil.commit();
        bytes memory header = _postedOf(e);
        Line memory line = _line(1, 0, 0, 0, 11);
        bytes[] memory openings = _all(evil, line);
        vm.expectRevert(bytes.concat(OpeningInvalid.selector));
        disputes.disproveParity(header, 0, "", line, openings);
    }

    function test_evidence_notPosted_reverts() public {
        // A header that no quorum stands behind, and one that is shown in another place.
        Encoder.Encoded memory e = _valid();
        _flipAt(e.rows[3], 0);
        e.commit();
        bytes memory header = _headerOf(e);
        bytes32 digest = _digest(e);
        Line memory line = _line(1, 0, 0, 0, 11);
        bytes[] memory openings = _all(e, line);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotPosted.selector, digest));
        disputes.disproveParity(header, 0, "", line, openings);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotPosted.selector, digest));
        disputes.disproveSymbol(header, 0, "", openings[0], openings[1]);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotPosted.selector, digest));
        disputes.disprovePadding(header, 0, "", openings[0], 0);
        _postAlone(header);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.NotPosted.selector, digest));
        disputes.disproveParity(header, 1, "", line, openings);
    }

    function test_evidence_twice_reverts() public {
        Encoder.Encoded memory e = _valid();
        _flipAt(e.rows[3], 0);
        e.commit();
        Line memory line = _line(1, 0, 0, 0, 11);
        vm.assertTrue(_disprove(e, line));
        bytes memory header = _postedOf(e);
        bytes[] memory openings = _all(e, line);
        vm.expectRevert(abi.encodeWithSelector(IDisputes.AlreadyInvalid.selector, _digest(e), 2));
        disputes.disproveParity(header, 0, "", line, openings);
        _expectDisproved(e);
    }

    function test_evidence_anyGas_neverHalfDone(uint256 amount) public {
        Encoder.Encoded memory e = _valid();
        _flipAt(e.rows[3], 0);
        e.commit();
        Line memory line = _line(1, 0, 0, 0, 11);
        bytes memory call =
            abi.encodeCall(disputes.disproveParity, (_postedOf(e), 0, "", line, _all(e, line)));
        (bool success,) = address(disputes).call{gas: _bound(amount, 0, 300_000)}(call);
        vm.assertEq(success, disputes.isInvalid(_digest(e)));
        (address prover,,,) = disputes.proofOf(_digest(e));
        vm.assertEq(prover, success ? address(this) : address(0));
    }
}
