// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EpochMembers} from "../../src/types/EpochMembers.sol";
import {Member} from "../../src/types/Member.sol";
import {QuorumFlaw} from "../../src/types/QuorumFlaw.sol";
import {Terms} from "../../src/types/Terms.sol";

/// @notice What tests call of the libraries, through harnesses that are compiled as the contracts are.
interface ILibraries {
    function check(
        Member[] calldata members,
        uint256 shards,
        bytes32 digest,
        uint256 signers,
        bytes calldata signatures
    ) external pure returns (QuorumFlaw, uint256);
    function committeeRootOf(EpochMembers calldata epochMembers) external pure returns (bytes32);
    function countOf(uint256 set) external pure returns (uint256);
    function shardOf(bytes32 root, uint256 pair, uint256 shards) external pure returns (uint256);
    function holderOf(Member[] calldata members, uint256 shard) external pure returns (uint256);
    function areFair(Terms memory terms, uint256 shards, uint256 noticeSeconds) external pure returns (bool);
    function term(bytes memory points, uint256 q, uint256 value) external pure returns (uint256);
    function rootOf(bytes32[] memory digests) external pure returns (bytes32);
    function climb(bytes32 from, uint256 index, bytes calldata path) external pure returns (bytes32);
    function isPlace(uint256 index, bytes calldata path) external pure returns (bool);
    function isCommittee(uint256 shards) external pure returns (bool);
    function shape(uint256 shards) external pure returns (uint256 faults, uint256 rows, uint256 columns);
    function symbolBytes(uint256 shards, uint256 length) external pure returns (uint256);
    function depth(uint256 leaves) external pure returns (uint256);
}

interface IOpenings {
    function verify(bytes calldata opening, bytes32 root, uint256 shards, uint256 length)
        external
        pure
        returns (bool);
}
