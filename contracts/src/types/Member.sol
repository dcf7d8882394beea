// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One operator of a committee. Shards are numbered in the order of the members: a member with k shards holds
/// the next k of them (protocol §1). The layout is under `committeeRoot` (protocol §6), so it never changes.
/// @param signer The key whose signatures count for the operator's shards.
/// @param shards How many shards the operator holds, at least 1.
/// @param stake Reserved: no contract reads it yet. It has its place so that stake can come without a new layout.
struct Member {
    address signer;
    uint16 shards;
    uint128 stake;
}
