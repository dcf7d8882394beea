// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One byte in each of k + 1 symbols of one codeword, which the code relates (protocol §7.2).
/// @param side 0 for a row, 1 for a column of the matrix.
/// @param index Which row i < r, or which column j < c.
/// @param chunk The chunk of every symbol.
/// @param byteIndex The byte of that chunk.
/// @param points Bit q is set if point q of the codeword takes part.
struct Line {
    uint8 side;
    uint8 index;
    uint32 chunk;
    uint16 byteIndex;
    uint256 points;
}
