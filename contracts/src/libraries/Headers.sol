// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title Packed headers, their digests and the root over them (protocol §4)
library Headers {
    uint256 internal constant BYTES = 100;

    /// @dev With 512 headers a post by any committee fits into a transaction of 128 KiB and 2^24 gas.
    uint256 internal constant COUNT_MAX = 512;
    uint256 internal constant PATH_NODES_MAX = 9;

    /// @dev A hundred years.
    uint64 internal constant PROMISE_SECONDS_MAX = 36_500 days;

    /// @dev 2^53 − 1: the last integer that every implementation's numbers hold exactly (protocol §4).
    uint256 internal constant EXPIRY_MAX = (1 << 53) - 1;

    bytes32 internal constant TYPEHASH = keccak256(
        "Header(bytes32 root,uint32 length,uint32 epoch,uint64 expiry,address disperser,bytes32 contentHash)"
    );

    /// @notice The root of a packed header's batch.
    function batchRootOf(bytes calldata packed) internal pure returns (bytes32) {
        return bytes32(packed[0:32]);
    }

    /// @notice The length of a packed header's batch.
    function lengthOf(bytes calldata packed) internal pure returns (uint32) {
        return uint32(bytes4(packed[32:36]));
    }

    /// @notice The epoch of a packed header.
    function epochOf(bytes calldata packed) internal pure returns (uint32) {
        return uint32(bytes4(packed[36:40]));
    }

    /// @notice The expiry of a packed header, in unix seconds.
    function expiryOf(bytes calldata packed) internal pure returns (uint64) {
        return uint64(bytes8(packed[40:48]));
    }

    /// @notice The key that asked for the dispersal.
    function disperserOf(bytes calldata packed) internal pure returns (address) {
        return address(bytes20(packed[48:68]));
    }

    /// @notice The EIP-712 digest of a packed header.
    /// @param packed 100 bytes: the caller has checked that.
    function digest(bytes calldata packed, bytes32 domainSeparator) internal pure returns (bytes32) {
        bytes32 typehash = TYPEHASH;
        bytes32 structHash;
        // `abi.encode` of the fields, each sliced with a check, costs 537 gas a header more (measured at 512 headers).
        assembly ("memory-safe") {
            let start := mload(0x40)
            // length u32 ‖ epoch u32 ‖ expiry u64 ‖ …
            let word := calldataload(add(packed.offset, 32))
            mstore(start, typehash)
            mstore(add(start, 0x20), calldataload(packed.offset))
            mstore(add(start, 0x40), shr(224, word))
            mstore(add(start, 0x60), and(shr(192, word), 0xffffffff))
            mstore(add(start, 0x80), and(shr(128, word), 0xffffffffffffffff))
            mstore(add(start, 0xa0), shr(96, calldataload(add(packed.offset, 48))))
            mstore(add(start, 0xc0), calldataload(add(packed.offset, 68)))
            structHash := keccak256(start, 0xe0)
        }
        return MessageHashUtils.toTypedDataHash(domainSeparator, structHash);
    }

    /// @notice The root over digests at their positions, padded on the right with zero leaves to a power of two. An inner node
    /// hashes 64 bytes and a digest 66, so neither can be taken for the other.
    /// @param level At least one digest. It is overwritten.
    function rootOf(bytes32[] memory level) internal pure returns (bytes32) {
        uint256 count = level.length;
        // The root of a subtree of this height that has only padding.
        bytes32 padding = 0;
        while (count > 1) {
            uint256 pairs = count / 2;
            for (uint256 i = 0; i < pairs; i++) {
                level[i] = Hashes.efficientKeccak256(level[2 * i], level[2 * i + 1]);
            }
            if (count % 2 == 1) level[pairs] = Hashes.efficientKeccak256(level[count - 1], padding);
            padding = Hashes.efficientKeccak256(padding, padding);
            count = pairs + count % 2;
        }
        return level[0];
    }

    /// @notice The root that a path leads to from a digest.
    /// @param index The digest's position, below 2^(hashes of the path).
    /// @param path Sibling hashes from the digest up, 32 bytes each: together with the index a place, see {isPlace}.
    function climb(bytes32 from, uint256 index, bytes calldata path) internal pure returns (bytes32 node) {
        node = from;
        // With slices and their checks, a hash costs 221 gas more (measured): a rollup's own contract pays for 9 of them.
        assembly ("memory-safe") {
            let end := add(path.offset, path.length)
            for { let offset := path.offset } lt(offset, end) { offset := add(offset, 32) } {
                // A left child comes first.
                let place := shl(5, and(index, 1))
                mstore(place, node)
                mstore(xor(place, 32), calldataload(offset))
                node := keccak256(0, 64)
                index := shr(1, index)
            }
        }
    }

    /// @notice Whether an index and a path can show a header: whole hashes, at most 9, and no bit of the index beyond them.
    function isPlace(uint256 index, bytes calldata path) internal pure returns (bool) {
        uint256 nodes = path.length / 32;
        return path.length % 32 == 0 && nodes <= PATH_NODES_MAX && index >> nodes == 0;
    }
}
