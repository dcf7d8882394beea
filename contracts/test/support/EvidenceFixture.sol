// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line} from "../../src/types/Line.sol";
import {DisputesFixture} from "./DisputesFixture.sol";
import {Encoder} from "./Encoder.sol";

/// @notice Batches, honest ones and others, and evidence against them.
abstract contract EvidenceFixture is DisputesFixture {
    using Encoder for Encoder.Encoded;

    /// @dev Encoded once: schoolbook arithmetic is slow.
    bytes internal small;
    bytes internal large;

    function setUp() public override {
        super.setUp();
        small = abi.encode(Encoder.encode(4, _batch("small", 150)));
        // Two chunks to a symbol.
        large = abi.encode(Encoder.encode(4, _batch("large", 6 * 2048 + 100)));
    }

    function _valid() internal view returns (Encoder.Encoded memory) {
        return abi.decode(small, (Encoder.Encoded));
    }

    /// @dev A batch in a committee of seven, for which rows and columns have more points than they need.
    function _seven(bytes32 seed) internal returns (Encoder.Encoded memory) {
        _redeploy(7);
        return Encoder.encode(7, _batch(seed, 100));
    }

    function _digest(Encoder.Encoded memory e) internal view returns (bytes32) {
        return ledger.headerDigest(_headerOf(e));
    }

    function _line(uint256 side, uint256 index, uint256 chunk, uint256 byteIndex, uint256 points)
        internal
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

    function _all(Encoder.Encoded memory e, Line memory line) internal pure returns (bytes[] memory) {
        return _openingsOf(e, line, 0, line.side == 0 ? e.c + 1 : e.r + 1);
    }

    /// @dev The header of a batch, which stands posted alone.
    function _postedOf(Encoder.Encoded memory e) internal returns (bytes memory header) {
        header = _headerOf(e);
        (bool stands,) = ledger.standsPosted(header, 0, "");
        if (!stands) _postAlone(header);
    }

    function _disprove(Encoder.Encoded memory e, Line memory line) internal returns (bool) {
        bytes memory header = _postedOf(e);
        bytes[] memory openings = _all(e, line);
        vm.prank(CHALLENGER);
        return disputes.disproveParity(header, 0, "", line, openings);
    }

    function _expectParity(Encoder.Encoded memory e, Line memory line) internal {
        vm.assertTrue(_disprove(e, line));
        _expectDisproved(e);
    }

    /// @dev Evidence alone fines no account.
    function _expectDisproved(Encoder.Encoded memory e) internal view {
        vm.assertEq(disputes.faultsOf(_digest(e)), 2);
        (address prover, uint48 provedAt,,) = disputes.proofOf(_digest(e));
        vm.assertEq(prover, CHALLENGER);
        vm.assertEq(provedAt, block.timestamp);
        vm.assertEq(disputes.depositOf(DISPERSER), DEPOSIT);
        vm.assertEq(disputes.creditOf(CHALLENGER), 0);
        for (uint256 i = 0; i < members.length; i++) {
            uint256 deposit = disputes.depositOf(members[i].signer);
            vm.assertTrue(deposit == 0 || deposit == DEPOSIT);
        }
    }

    function _part(Encoder.Encoded memory e, Line memory line, uint256 from, uint256 to)
        internal
        returns (bool)
    {
        bytes memory header = _postedOf(e);
        bytes[] memory openings = _openingsOf(e, line, from, to);
        vm.prank(CHALLENGER);
        return disputes.disproveParity(header, 0, "", line, openings);
    }
}
