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

    /// @dev What an opening that leads to the root says.
    struct Opened {
        uint256 pair;
        uint256 side;
        uint256 symbol;
        uint256 chunk;
        bytes32 symbolRoot;
    }

    /// @dev Where in the opening each part ends.
    struct Ends {
        uint256 chunk;
        uint256 symbolPath;
        uint256 sliverPath;
        uint256 other;
        uint256 pairPath;
    }

    /// @notice Checks an opening against a root.
    /// @param opening The bytes of protocol §3.
    /// @param root The batch's root.
    /// @param shards n, the shards of the batch's committee.
    /// @param length The length of the batch in bytes.
    /// @return ok Whether it leads to the root. If not, the rest means nothing.
    /// @return opened Where the chunk lies, and the root of its symbol.
    /// @return data The bytes of the chunk.
    function open(bytes calldata opening, bytes32 root, uint256 shards, uint256 length)
        internal
        pure
        returns (bool ok, Opened memory opened, bytes calldata data)
    {
        data = opening[0:0];
        if (!Geometry.isCommittee(shards) || !Geometry.isLength(length)) return (false, opened, data);
        if (opening.length < POSITION_BYTES) return (false, opened, data);

        opened.pair = uint8(opening[0]);
        opened.side = uint8(opening[1]);
        opened.symbol = uint8(opening[2]);
        opened.chunk = uint32(bytes4(opening[3:POSITION_BYTES]));
        // Positions past the last leaf are padding, and padding has no opening.
        if (!isPosition(opened.pair, opened.side, opened.symbol, opened.chunk, shards, length)) {
            return (false, opened, data);
        }

        uint256 width = sliverWidth(opened.side, shards);
        uint256 symbolBytes = Geometry.symbolBytes(shards, length);
        Ends memory ends = _ends(opened.chunk, symbolBytes, width, shards);
        if (opening.length != ends.pairPath) return (false, opened, data);

        data = opening[POSITION_BYTES:ends.chunk];
        ok = _leadsTo(
            opening, opened, ends, [Math.ceilDiv(symbolBytes, Geometry.CHUNK_BYTES), width, shards], root
        );
    }

    /// @notice Whether an opening leads to a root: {open} without what it says.
    function verify(bytes calldata opening, bytes32 root, uint256 shards, uint256 length)
        internal
        pure
        returns (bool ok)
    {
        (ok,,) = open(opening, root, shards, length);
    }

    /// @notice Whether there is such a chunk in an encoded batch.
    function isPosition(
        uint256 pair,
        uint256 side,
        uint256 symbol,
        uint256 chunk,
        uint256 shards,
        uint256 length
    ) internal pure returns (bool) {
        return pair < shards && side <= COLUMN && symbol < sliverWidth(side, shards)
            && chunk * Geometry.CHUNK_BYTES < Geometry.symbolBytes(shards, length);
    }

    /// @notice The symbols of a sliver of one side.
    function sliverWidth(uint256 side, uint256 shards) internal pure returns (uint256) {
        return side == ROW ? Geometry.columns(shards) : Geometry.rows(shards);
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

    /// @dev From the chunk up through its symbol, its sliver and its pair. Fills in the symbol's root.
    /// @param widths How many chunks a symbol has, symbols a sliver, pairs a batch.
    function _leadsTo(
        bytes calldata opening,
        Opened memory opened,
        Ends memory ends,
        uint256[3] memory widths,
        bytes32 root
    ) private pure returns (bool ok) {
        bytes32 node = sha256(abi.encodePacked(bytes1(0x00), opening[POSITION_BYTES:ends.chunk]));
        bytes memory inner = abi.encodePacked(bytes1(0x01), bytes32(0), bytes32(0));
        (ok, node) = _climb(inner, node, opened.chunk, widths[0], opening[ends.chunk:ends.symbolPath]);
        if (!ok) return false;
        opened.symbolRoot = node;
        (ok, node) = _climb(inner, node, opened.symbol, widths[1], opening[ends.symbolPath:ends.sliverPath]);
        if (!ok) return false;
        bytes32 other = bytes32(opening[ends.sliverPath:ends.other]);
        node = opened.side == ROW
            ? sha256(abi.encodePacked(bytes1(0x02), node, other))
            : sha256(abi.encodePacked(bytes1(0x02), other, node));
        (ok, node) = _climb(inner, node, opened.pair, widths[2], opening[ends.other:]);
        return ok && node == root;
    }

    /// @dev The root that a path of sibling hashes leads to from the leaf at an index of a tree over `width` leaves.
    /// @param inner The bytes that an inner node hashes. They are overwritten.
    /// @param path Whole hashes.
    /// @return ok False if a sibling that covers nothing but padding is not the hash of padding: else a root could differ
    /// from that of every batch in a place that no chunk shows, and it could not be disproved (protocol §3).
    function _climb(bytes memory inner, bytes32 leaf, uint256 index, uint256 width, bytes calldata path)
        private
        pure
        returns (bool ok, bytes32 node)
    {
        node = leaf;
        bytes32 padding = 0;
        uint256 paddingLevel = 0;
        uint256 levels = path.length / 32;
        // A check on every slice and new memory for every node are most of what an opening costs beyond its calldata.
        for (uint256 level = 0; level < levels; level++) {
            bytes32 sibling;
            assembly ("memory-safe") {
                sibling := calldataload(add(path.offset, shl(5, level)))
            }
            if (index & 1 == 1) {
                node = _inner(inner, sibling, node);
            } else {
                if ((index + 1) << level >= width) {
                    for (; paddingLevel < level; paddingLevel++) {
                        padding = _inner(inner, padding, padding);
                    }
                    if (sibling != padding) return (false, 0);
                }
                node = _inner(inner, node, sibling);
            }
            index >>= 1;
        }
        return (true, node);
    }

    /// @param inner 0x01 and room for two hashes.
    function _inner(bytes memory inner, bytes32 left, bytes32 right) private pure returns (bytes32) {
        assembly ("memory-safe") {
            mstore(add(inner, 0x21), left)
            mstore(add(inner, 0x41), right)
        }
        return sha256(inner);
    }
}
