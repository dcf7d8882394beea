// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "./interfaces/ICommittee.sol";
import {Geometry} from "./libraries/Geometry.sol";
import {Members} from "./libraries/Members.sol";
import {EpochMembers} from "./types/EpochMembers.sol";
import {Member} from "./types/Member.sol";
import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// @title The operators of every epoch, and who may disperse to them
/// @notice Two slots an epoch: storage is expensive, and a caller that needs the members reads them from the event and
/// passes them to L1, which checks them against the root. The owner can start epochs and register dispersers, and can
/// change no epoch that has started.
contract Committee is ICommittee, Ownable2Step {
    uint256 private constant ENDPOINT_BYTES_MAX = 256;

    struct Registration {
        uint64 quotaBytes;
        uint64 changedAt;
    }

    /// @inheritdoc ICommittee
    uint8 public immutable shards;

    /// @inheritdoc ICommittee
    uint32 public currentEpoch;

    /// @inheritdoc ICommittee
    mapping(uint32 epoch => bytes32) public committeeRoot;

    mapping(uint32 epoch => uint64) private _startedAt;
    mapping(address disperser => Registration) private _registrations;

    constructor(address owner, uint8 shards_) Ownable(owner) {
        if (!Geometry.isCommittee(shards_)) revert ShardsOutOfRange(shards_);
        shards = shards_;
    }

    /// @inheritdoc ICommittee
    function startEpoch(Member[] calldata members, string[] calldata endpoints)
        external
        onlyOwner
        returns (uint32 epoch)
    {
        _checkMembers(members);
        _checkEndpoints(endpoints, members.length);

        epoch = ++currentEpoch;
        bytes32 seed = blockhash(block.number - 1);
        committeeRoot[epoch] = keccak256(abi.encode(EpochMembers({seed: seed, members: members})));
        _startedAt[epoch] = uint64(block.timestamp);
        emit EpochStarted(epoch, seed, members, endpoints);
    }

    /// @inheritdoc ICommittee
    function setDisperser(address disperser, uint64 quotaBytes) external onlyOwner {
        if (disperser == address(0)) revert DisperserZero();
        Registration storage registration = _registrations[disperser];
        if ((registration.quotaBytes == 0) != (quotaBytes == 0)) {
            registration.changedAt = uint64(block.timestamp);
        }
        registration.quotaBytes = quotaBytes;
        emit DisperserSet(disperser, quotaBytes);
    }

    /// @notice Always reverts: without an owner no epoch could ever follow, and keys that leak could never be replaced.
    function renounceOwnership() public pure override {
        revert OwnershipNotRenounceable();
    }

    /// @inheritdoc ICommittee
    function retiredAt(uint32 epoch) external view returns (uint64) {
        // The largest epoch has no second successor.
        return epoch == 0 || epoch > type(uint32).max - 2 ? 0 : _startedAt[epoch + 2];
    }

    /// @inheritdoc ICommittee
    function disperserQuota(address disperser) external view returns (uint64) {
        return _registrations[disperser].quotaBytes;
    }

    /// @inheritdoc ICommittee
    function registrationChangedAt(address disperser) external view returns (uint64) {
        return _registrations[disperser].changedAt;
    }

    function _checkMembers(Member[] calldata members) internal view {
        address previous = address(0);
        uint256 held = 0;
        for (uint256 i = 0; i < members.length; i++) {
            Member calldata member = members[i];
            // Starting from zero, this refuses the zero signer too.
            if (member.signer <= previous) revert SignerNotAscending(i, member.signer, previous);
            if (member.shards == 0) revert MemberWithoutShards(i);
            if (member.shards & held != 0) revert ShardsHeldTwice(i, member.shards & held);
            previous = member.signer;
            held |= member.shards;
        }
        uint256 all = (1 << shards) - 1;
        if (held != all) revert ShardsIncomplete(all, held);
    }

    function _checkEndpoints(string[] calldata endpoints, uint256 members) internal pure {
        if (endpoints.length != members) revert EndpointsMismatch(members, endpoints.length);
        for (uint256 i = 0; i < endpoints.length; i++) {
            uint256 length = bytes(endpoints[i]).length;
            if (length == 0 || length > ENDPOINT_BYTES_MAX) revert EndpointLengthInvalid(i, length);
        }
    }
}
