// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FairTerms} from "../../src/libraries/FairTerms.sol";
import {Field} from "../../src/libraries/Field.sol";
import {Geometry} from "../../src/libraries/Geometry.sol";
import {Headers} from "../../src/libraries/Headers.sol";
import {Members} from "../../src/libraries/Members.sol";
import {Quorum} from "../../src/libraries/Quorum.sol";
import {EpochMembers} from "../../src/types/EpochMembers.sol";
import {Member} from "../../src/types/Member.sol";
import {QuorumFlaw} from "../../src/types/QuorumFlaw.sol";
import {Terms} from "../../src/types/Terms.sol";
import {ILibraries} from "./ILibraries.sol";

/// @notice Opens internal libraries to tests, compiled as the contracts are.
contract LibrariesHarness is ILibraries {
    function check(
        Member[] calldata members,
        uint256 shards,
        bytes32 digest,
        uint256 signers,
        bytes calldata signatures
    ) external pure returns (QuorumFlaw, uint256) {
        return Quorum.check(members, shards, digest, signers, signatures);
    }

    function committeeRootOf(EpochMembers calldata epochMembers) external pure returns (bytes32) {
        return Members.rootOf(epochMembers);
    }

    function countOf(uint256 set) external pure returns (uint256) {
        return Members.count(set);
    }

    function shardOf(bytes32 root, uint256 pair, uint256 shards) external pure returns (uint256) {
        return Members.shardOf(root, pair, shards);
    }

    function holderOf(Member[] calldata members, uint256 shard) external pure returns (uint256) {
        return Members.holderOf(members, shard);
    }

    function areFair(Terms memory terms, uint256 shards, uint256 noticeSeconds) external pure returns (bool) {
        return FairTerms.areFair(terms, shards, noticeSeconds);
    }

    function term(bytes memory points, uint256 q, uint256 value) external pure returns (uint256) {
        return Field.term(points, q, value);
    }

    function rootOf(bytes32[] memory digests) external pure returns (bytes32) {
        return Headers.rootOf(digests);
    }

    function climb(bytes32 from, uint256 index, bytes calldata path) external pure returns (bytes32) {
        return Headers.climb(from, index, path);
    }

    function isPlace(uint256 index, bytes calldata path) external pure returns (bool) {
        return Headers.isPlace(index, path);
    }

    function isCommittee(uint256 shards) external pure returns (bool) {
        return Geometry.isCommittee(shards);
    }

    function shape(uint256 shards) external pure returns (uint256 faults, uint256 rows, uint256 columns) {
        return (Geometry.faults(shards), Geometry.rows(shards), Geometry.columns(shards));
    }

    function symbolBytes(uint256 shards, uint256 length) external pure returns (uint256) {
        return Geometry.symbolBytes(shards, length);
    }

    function depth(uint256 leaves) external pure returns (uint256) {
        return Geometry.depth(leaves);
    }
}
