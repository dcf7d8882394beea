// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "./interfaces/ICommittee.sol";
import {Geometry} from "./libraries/Geometry.sol";
import {Member} from "./types/Member.sol";
import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// @title The operators of every epoch, and who may disperse to them
/// @notice One slot an epoch: storage is expensive, and a caller that needs the members reads them from the event and
/// passes them to L1, which checks them against the root. The owner can start epochs and register dispersers, and can
/// change no epoch that has started.
contract Committee is ICommittee, Ownable2Step {
    uint256 private constant ENDPOINT_BYTES_MAX = 256;

    /// @inheritdoc ICommittee
    uint32 public currentEpoch;

    /// @inheritdoc ICommittee
    mapping(uint32 epoch => bytes32) public committeeRoot;

    /// @inheritdoc ICommittee
    mapping(address disperser => uint64) public disperserQuota;

    constructor(address owner) Ownable(owner) {}

    /// @inheritdoc ICommittee
    function startEpoch(Member[] calldata members, string[] calldata endpoints)
        external
        onlyOwner
        returns (uint32 epoch)
    {
        _checkMembers(members);
        _checkEndpoints(endpoints, members.length);

        epoch = ++currentEpoch;
        committeeRoot[epoch] = keccak256(abi.encode(members));
        emit EpochStarted(epoch, members, endpoints);
    }

    /// @inheritdoc ICommittee
    function setDisperser(address disperser, uint64 quotaBytes) external onlyOwner {
        if (disperser == address(0)) revert DisperserZero();
        disperserQuota[disperser] = quotaBytes;
        emit DisperserSet(disperser, quotaBytes);
    }

    /// @notice Always reverts: without an owner no epoch could ever follow, and keys that leak could never be replaced.
    function renounceOwnership() public pure override {
        revert OwnershipNotRenounceable();
    }

    function _checkMembers(Member[] calldata members) internal pure {
        address previous = address(0);
        uint256 shards = 0;
        for (uint256 i = 0; i < members.length; i++) {
            Member calldata member = members[i];
            // Starting from zero, this refuses the zero signer too.
            if (member.signer <= previous) revert SignerNotAscending(i, member.signer, previous);
            if (member.shards == 0) revert MemberWithoutShards(i);
            previous = member.signer;
            shards += member.shards;
        }
        if (!Geometry.isCommittee(shards)) revert ShardsOutOfRange(shards);
    }

    function _checkEndpoints(string[] calldata endpoints, uint256 members) internal pure {
        if (endpoints.length != members) revert EndpointsMismatch(members, endpoints.length);
        for (uint256 i = 0; i < endpoints.length; i++) {
            uint256 length = bytes(endpoints[i]).length;
            if (length == 0 || length > ENDPOINT_BYTES_MAX) revert EndpointLengthInvalid(i, length);
        }
    }
}
