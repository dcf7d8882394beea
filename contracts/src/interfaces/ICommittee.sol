// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Member} from "../types/Member.sol";

/// @title The operators of every epoch, and who may disperse to them
/// @notice Guarantees:
/// - An epoch's members never change once it has started, whatever the owner does afterwards.
/// - Epochs are numbered 1, 2, 3, … without a gap; 0 is no epoch.
/// - Every set with a root is well formed: 4 … 255 shards, members in strictly ascending order of signer, no zero
///   signer, no member without shards. A caller that checks members against a root need not check that again.
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

    /// @notice The zero address signs nothing, so it disperses nothing.
    error DisperserZero();

    /// @notice An epoch started. Only this event holds the members and endpoints in full.
    event EpochStarted(uint32 indexed epoch, Member[] members, string[] endpoints);

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

    /// @notice The latest epoch, 0 before the first.
    function currentEpoch() external view returns (uint32);

    /// @notice `keccak256(abi.encode(members))` of an epoch, 0 if there is no such epoch.
    function committeeRoot(uint32 epoch) external view returns (bytes32);

    /// @notice Bytes of unexpired batches that a storage node holds for a disperser; 0 if it is not registered.
    function disperserQuota(address disperser) external view returns (uint64);
}
