// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Where in an encoded batch a chunk lies, as the first seven bytes of an opening say it (protocol §3).
/// @param pair The pair, 0 … n − 1.
/// @param side 0 for the pair's row sliver, 1 for its column sliver.
/// @param symbol The symbol's place in the sliver.
/// @param chunk The chunk of the symbol.
struct Position {
    uint8 pair;
    uint8 side;
    uint8 symbol;
    uint32 chunk;
}
