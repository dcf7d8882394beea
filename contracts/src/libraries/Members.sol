// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EpochMembers} from "../types/EpochMembers.sol";
import {Member} from "../types/Member.sol";

/// @title The members of an epoch: their root, and who holds what (protocol §1, §6.1)
library Members {
    /// @notice `keccak256(abi.encode(epochMembers))`, over the calldata as it stands: dirty bits give another hash.
    function rootOf(EpochMembers calldata epochMembers) internal pure returns (bytes32 root) {
        bytes32 seed = epochMembers.seed;
        Member[] calldata members = epochMembers.members;
        // Word by word with checks, as `abi.encode` does it, costs 259 gas a member more (measured).
        assembly ("memory-safe") {
            let start := mload(0x40)
            let size := mul(members.length, 0x40)
            mstore(start, 0x20)
            mstore(add(start, 0x20), seed)
            mstore(add(start, 0x40), 0x40)
            mstore(add(start, 0x60), members.length)
            calldatacopy(add(start, 0x80), members.offset, size)
            root := keccak256(start, add(size, 0x80))
        }
    }

    /// @notice The number of shards in a set.
    function count(uint256 set) internal pure returns (uint256 shards) {
        for (; set != 0; set &= set - 1) {
            shards++;
        }
    }

    /// @notice The shard that has a pair: (pair + root mod n) mod n.
    function shardOf(bytes32 root, uint256 pair, uint256 shards) internal pure returns (uint256) {
        return (pair + uint256(root) % shards) % shards;
    }

    /// @notice The index of the member with a shard. The sets of a committee contain every shard once.
    function holderOf(Member[] calldata members, uint256 shard) internal pure returns (uint256 index) {
        while ((members[index].shards >> shard) & 1 == 0) {
            index++;
        }
    }
}
