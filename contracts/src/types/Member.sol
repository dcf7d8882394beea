// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One operator of a committee. The layout is under `committeeRoot` (protocol §6.1), so it never changes.
/// @param signer The key whose signatures count for the operator's shards.
/// @param shards The set of shards that the operator holds: bit i stands for shard i. Not empty.
struct Member {
    address signer;
    uint256 shards;
}
