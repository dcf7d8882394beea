// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Member} from "../types/Member.sol";

/// @title The operators of every epoch, and who may disperse to them
/// @notice Guarantees:
/// - An epoch's members never change once it has started, whatever the owner does afterwards.
/// - Epochs are numbered 1, 2, 3, … without a gap; 0 is no epoch.
/// - n, the number of shards, is 4 … 255 and never changes.
/// - Every committee with a root is well formed: members in strictly ascending order of signer, no zero signer, and every
///   shard in exactly one member's set, which is not empty. A caller that checks members against a root need not check
///   that again.
/// - Nobody knows a root before its epoch starts, so nothing can be signed for an epoch that has not started.
interface ICommittee {
    /// @notice Giving up the owner would leave the last epoch's keys in force permanently, without a remedy.
    error OwnershipNotRenounceable();

    /// @notice Every member needs exactly one endpoint.
    error EndpointsMismatch(uint256 members, uint256 endpoints);

    /// @notice An endpoint is 1 … 256 bytes long.
    error EndpointLengthInvalid(uint256 index, uint256 length);

    /// @notice Signers are non-zero and strictly ascending, so that no key counts twice.
    error SignerNotAscending(uint256 index, address signer, address previous);

    /// @notice A member holds at least one shard.
    error MemberWithoutShards(uint256 index);

    /// @notice A committee has 4 … 255 shards (protocol §1).
    error ShardsOutOfRange(uint256 shards);

    /// @notice A shard belongs to one member.
    error ShardsHeldTwice(uint256 index, uint256 shared);

    /// @notice The members' sets contain all n shards, and no other bit.
    error ShardsIncomplete(uint256 expected, uint256 received);

    /// @notice The zero address signs nothing, so it disperses nothing.
    error DisperserZero();

    /// @notice An epoch started. Only this event holds the members and endpoints in full.
    event EpochStarted(uint32 indexed epoch, bytes32 seed, Member[] members, string[] endpoints);

    /// @notice A disperser was registered, changed, or (with a quota of 0) removed.
    event DisperserSet(address indexed disperser, uint64 quotaBytes);

    /// @notice Starts the next epoch with a new set of operators. Only the owner can.
    /// @param members The operators, in strictly ascending order of signer.
    /// @param endpoints Where each of them is reached, in the order of members. L1 keeps them in the event only.
    /// @return epoch The number of the epoch that started.
    function startEpoch(Member[] calldata members, string[] calldata endpoints)
        external
        returns (uint32 epoch);

    /// @notice Registers a disperser. Only the owner can.
    /// @param disperser The key that signs dispersals.
    /// @param quotaBytes Bytes of unexpired batches that a storage node holds for it at once; 0 removes it.
    function setDisperser(address disperser, uint64 quotaBytes) external;

    /// @notice n, the number of shards in every epoch.
    function shards() external view returns (uint8);

    /// @notice The latest epoch, 0 before the first.
    function currentEpoch() external view returns (uint32);

    /// @notice `keccak256(abi.encode(EpochMembers))` of an epoch, 0 if it has not started.
    function committeeRoot(uint32 epoch) external view returns (bytes32);

    /// @notice When the epoch after the next started, in unix seconds, from which on no node signs for an epoch; 0 if it has
    /// not.
    function retiredAt(uint32 epoch) external view returns (uint64);

    /// @notice Bytes of unexpired batches that a storage node holds for a disperser; 0 if it is not registered.
    function disperserQuota(address disperser) external view returns (uint64);

    /// @notice When a disperser's quota last became zero or stopped being zero, in unix seconds; 0 if never.
    function registrationChangedAt(address disperser) external view returns (uint64);
}
