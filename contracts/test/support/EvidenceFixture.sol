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
        _startEpoch(_ones(7));
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

    function _disprove(Encoder.Encoded memory e, Line memory line) internal returns (bool) {
        bytes memory certificate = _certificateOf(e);
        bytes[] memory openings = _all(e, line);
        vm.prank(CHALLENGER);
        return disputes.disproveParity(certificate, members, line, openings);
    }

    function _expectParity(Encoder.Encoded memory e, Line memory line) internal {
        vm.assertTrue(_disprove(e, line));
        _expectDisproved(e);
    }

    function _expectDisproved(Encoder.Encoded memory e) internal view {
        vm.assertEq(disputes.faultsOf(_digest(e)), 2);
        vm.assertEq(disputes.depositOf(DISPERSER), DEPOSIT - DISPERSER_FINE);
        vm.assertEq(disputes.creditOf(CHALLENGER), DISPERSER_FINE / 2);
        vm.assertEq(disputes.creditOf(TREASURY), DISPERSER_FINE - DISPERSER_FINE / 2);
        for (uint256 i = 0; i < members.length; i++) {
            uint256 deposit = disputes.depositOf(members[i].signer);
            vm.assertTrue(deposit == 0 || deposit == DEPOSIT);
        }
    }

    function _part(Encoder.Encoded memory e, Line memory line, uint256 from, uint256 to)
        internal
        returns (bool)
    {
        bytes memory certificate = _certificateOf(e);
        bytes[] memory openings = _openingsOf(e, line, from, to);
        vm.prank(CHALLENGER);
        return disputes.disproveParity(certificate, members, line, openings);
    }
}
