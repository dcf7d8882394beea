// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Geometry} from "./Geometry.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Openings of a chunk against a batch's root (protocol §2, §3)
/// @notice SHA-256 through its precompile, with the prefixes 0x00 for a chunk, 0x01 for an inner node and 0x02 for a
/// pair. Any bytes are answered with true or false; only a lack of gas reverts, so that it cannot pass for a bad opening.
library Openings {
    uint256 internal constant ROW = 0;
    uint256 internal constant COLUMN = 1;

    /// @dev pair u8 ‖ side u8 ‖ symbol u8 ‖ chunk u32
    uint256 private constant POSITION_BYTES = 7;

    /// @dev Where in a batch the opened chunk lies.
    struct Position {
        uint256 pair;
        uint256 side;
        uint256 symbol;
        uint256 chunk;
    }

    /// @dev Where in the opening each part ends.
    struct Ends {
        uint256 chunk;
        uint256 symbolPath;
        uint256 sliverPath;
        uint256 other;
        uint256 pairPath;
    }

    /// @notice Whether an opening leads to a root.
    /// @param opening The bytes of protocol §3.
    /// @param root The batch's root.
    /// @param shards n, the shards of the batch's committee.
    /// @param length The length of the batch in bytes.
    function verify(bytes calldata opening, bytes32 root, uint256 shards, uint256 length)
        internal
        pure
        returns (bool)
    {
        if (!Geometry.isCommittee(shards) || !Geometry.isLength(length)) return false;
        if (opening.length < POSITION_BYTES) return false;

        Position memory position = _position(opening);
        if (position.pair >= shards || position.side > COLUMN) return false;
        uint256 width = position.side == ROW ? Geometry.columns(shards) : Geometry.rows(shards);
        uint256 symbolBytes = Geometry.symbolBytes(shards, length);
        // Positions past the last leaf are padding, and padding opens to nothing.
        if (position.symbol >= width || position.chunk * Geometry.CHUNK_BYTES >= symbolBytes) return false;

        Ends memory ends = _ends(position.chunk, symbolBytes, width, shards);
        if (opening.length != ends.pairPath) return false;

        bytes32 pairLeaf = _pairLeaf(opening, position, ends);
        return _climb(pairLeaf, position.pair, opening[ends.other:]) == root;
    }

    function _position(bytes calldata opening) private pure returns (Position memory) {
        return Position({
            pair: uint8(opening[0]),
            side: uint8(opening[1]),
            symbol: uint8(opening[2]),
            chunk: uint32(bytes4(opening[3:POSITION_BYTES]))
        });
    }

    function _ends(uint256 chunk, uint256 symbolBytes, uint256 width, uint256 shards)
        private
        pure
        returns (Ends memory ends)
    {
        uint256 rest = symbolBytes - chunk * Geometry.CHUNK_BYTES;
        ends.chunk = POSITION_BYTES + Math.min(rest, Geometry.CHUNK_BYTES);
        ends.symbolPath = ends.chunk + 32 * Geometry.depth(Math.ceilDiv(symbolBytes, Geometry.CHUNK_BYTES));
        ends.sliverPath = ends.symbolPath + 32 * Geometry.depth(width);
        ends.other = ends.sliverPath + 32;
        ends.pairPath = ends.other + 32 * Geometry.depth(shards);
    }

    /// @dev The leaf of the pair, from the chunk up through its symbol and its sliver.
    function _pairLeaf(bytes calldata opening, Position memory position, Ends memory ends)
        private
        pure
        returns (bytes32)
    {
        bytes32 node = sha256(abi.encodePacked(bytes1(0x00), opening[POSITION_BYTES:ends.chunk]));
        node = _climb(node, position.chunk, opening[ends.chunk:ends.symbolPath]);
        node = _climb(node, position.symbol, opening[ends.symbolPath:ends.sliverPath]);
        bytes32 other = bytes32(opening[ends.sliverPath:ends.other]);
        return position.side == ROW
            ? sha256(abi.encodePacked(bytes1(0x02), node, other))
            : sha256(abi.encodePacked(bytes1(0x02), other, node));
    }

    /// @dev The root that a path of sibling hashes leads to from the leaf at an index.
    function _climb(bytes32 leaf, uint256 index, bytes calldata path) private pure returns (bytes32 node) {
        node = leaf;
        for (uint256 offset = 0; offset < path.length; offset += 32) {
            bytes32 sibling = bytes32(path[offset:offset + 32]);
            node = index & 1 == 0
                ? sha256(abi.encodePacked(bytes1(0x01), node, sibling))
                : sha256(abi.encodePacked(bytes1(0x01), sibling, node));
            index >>= 1;
        }
    }
}
