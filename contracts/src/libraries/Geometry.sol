// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title From the number of shards and the length of a batch to the shape of what is stored (protocol §1, §2)
/// @notice Arguments named `shards` satisfy {isCommittee}, arguments named `length` satisfy {isLength}.
library Geometry {
    uint256 internal constant SHARDS_MIN = 4;
    uint256 internal constant SHARDS_MAX = 255;
    uint256 internal constant LENGTH_MAX = 1 << 27;
    uint256 internal constant WORD_BYTES = 32;
    uint256 internal constant CHUNK_BYTES = 2048;

    function isCommittee(uint256 shards) internal pure returns (bool) {
        return shards >= SHARDS_MIN && shards <= SHARDS_MAX;
    }

    function isLength(uint256 length) internal pure returns (bool) {
        return length > 0 && length <= LENGTH_MAX;
    }

    /// @notice f, how many shards may be Byzantine.
    function faults(uint256 shards) internal pure returns (uint256) {
        return (shards - 1) / 3;
    }

    /// @notice r, the rows of the batch: any r row slivers give it back.
    function rows(uint256 shards) internal pure returns (uint256) {
        return shards - 2 * faults(shards);
    }

    /// @notice c, the columns of the batch. It is n − f, the quorum.
    function columns(uint256 shards) internal pure returns (uint256) {
        return shards - faults(shards);
    }

    /// @notice s, the bytes of a symbol.
    function symbolBytes(uint256 shards, uint256 length) internal pure returns (uint256) {
        return WORD_BYTES * Math.ceilDiv(length, WORD_BYTES * rows(shards) * columns(shards));
    }

    /// @notice The length of a path in a tree over `leaves`, padded to a power of two: ⌈log2 leaves⌉.
    function depth(uint256 leaves) internal pure returns (uint256) {
        return Math.log2(leaves, Math.Rounding.Ceil);
    }
}
