// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EpochMembers} from "../../src/types/EpochMembers.sol";
import {Fixture} from "./Fixture.sol";

/// @notice Committees that attest to whatever they like, past ones included, and accounts that post it whenever they like. What
/// the ledger says of every header is compared with a model that knows only the first post of each root.
contract Posters is Fixture {
    uint256 private constant GROUPS_MAX = 12;

    /// @dev What a committee attested to together, and when that was first posted.
    struct Group {
        uint32 epoch;
        uint256 postedAt;
        bytes[] list;
    }

    Group[] private groups;
    mapping(uint32 epoch => uint256) private startedAt;
    mapping(bytes32 digest => bool) public stood;
    mapping(bytes32 digest => bool) private settled;
    mapping(bytes32 digest => bool) private settledAs;
    uint256 public posts;
    uint256 public repeats;
    uint256 public refusals;
    uint256 public standing;

    constructor() {
        setUp();
        startedAt[1] = block.timestamp;
    }

    function attest(uint256 seed, uint256 count) external {
        if (groups.length == GROUPS_MAX) return;
        Group storage group = groups.push();
        group.epoch = uint32(1 + seed % committee.currentEpoch());
        count = _bound(count, 1, 5);
        for (uint256 i = 0; i < count; i++) {
            bytes32 salt = keccak256(abi.encode(seed, groups.length, i));
            // From too late to beyond the promise; now and then a header of another epoch hides among the others.
            uint64 expiry = uint64(block.timestamp + uint256(salt) % (PROMISE + NOTICE));
            uint32 epoch = uint256(salt) % 9 == 0 ? group.epoch + 1 : group.epoch;
            group.list.push(_headerUntil(salt, epoch, expiry));
        }
    }

    function post(uint256 which, uint256 signers) external {
        if (groups.length == 0) return;
        Group storage group = groups[which % groups.length];
        bool mixed = false;
        uint256 expiry = 0;
        for (uint256 i = 0; i < group.list.length; i++) {
            mixed = mixed || _epochIn(group.list[i]) != _epochIn(group.list[0]);
            if (_expiryIn(group.list[i]) > expiry) expiry = _expiryIn(group.list[i]);
        }
        signers = _quorum(signers);
        uint32 epoch = _epochIn(group.list[0]);
        bytes memory signatures = _sign(_rootOf(group.list), epoch, signers);
        bool due = !mixed && _due(group, epoch, expiry);
        try ledger.post(_pack(group.list), _membersOf(epoch), signers, signatures) {
            _posted(group, epoch, due);
        } catch {
            _refused(due);
        }
    }

    function postOne(uint256 which, uint256 index, uint256 signers) external {
        if (groups.length == 0) return;
        Group storage group = groups[which % groups.length];
        index %= group.list.length;
        signers = _quorum(signers);
        bytes memory header = group.list[index];
        uint32 epoch = _epochIn(header);
        (bytes32 root, bytes memory path) = _tree(_digests(group.list), index);
        bytes memory signatures = _sign(root, epoch, signers);
        bool due = _due(group, epoch, _expiryIn(header));
        try ledger.postOne(header, index, path, _membersOf(epoch), signers, signatures) {
            _posted(group, epoch, due);
        } catch {
            _refused(due);
        }
    }

    /// @dev What protocol §6.2 says of a post.
    function _due(Group storage group, uint32 epoch, uint256 expiry) private view returns (bool) {
        if (group.postedAt != 0) return group.epoch == epoch;
        if (startedAt[epoch] == 0 || expiry < block.timestamp + NOTICE) return false;
        uint256 retiredAt = startedAt[epoch + 2];
        return retiredAt == 0 || block.timestamp <= retiredAt + PROMISE - NOTICE;
    }

    function _posted(Group storage group, uint32 epoch, bool due) private {
        require(due, "posted what cannot be");
        if (group.postedAt != 0) {
            repeats++;
            return;
        }
        (group.epoch, group.postedAt) = (epoch, block.timestamp);
        posts++;
    }

    function _refused(bool due) private {
        require(!due, "a post is refused");
        refusals++;
    }

    function nextEpoch(uint256 seed) external {
        if (committee.currentEpoch() == 8 || seed % 3 != 0) return;
        uint32 epoch = seed % 2 == 0 ? _startSame() : _startEpoch(_ones(4));
        startedAt[epoch] = block.timestamp;
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + _bound(time, 1, time % 8 == 0 ? PROMISE : 1 days));
    }

    function check() external {
        for (uint256 i = 0; i < groups.length; i++) {
            Group storage group = groups[i];
            for (uint256 j = 0; j < group.list.length; j++) {
                _check(group, j);
            }
        }
    }

    function _check(Group storage group, uint256 index) private {
        bytes memory header = group.list[index];
        (, bytes memory path) = _tree(_digests(group.list), index);
        (bool stands, bytes32 digest) = ledger.standsPosted(header, index, path);
        uint256 expiry = _expiryIn(header);
        bool should = group.postedAt != 0 && group.epoch == _epochIn(header)
            && group.postedAt + NOTICE <= expiry && expiry <= group.postedAt + PROMISE;
        require(stands == should, "stands against the model");

        require(stands || !stood[digest], "what stood no longer stands");
        if (stands && !stood[digest]) standing++;
        stood[digest] = stands;

        require(!settled[digest] || settledAs[digest] == stands, "changed after it was settled");
        if (block.timestamp + NOTICE > expiry) (settled[digest], settledAs[digest]) = (true, stands);
    }

    function _quorum(uint256 seed) private pure returns (uint256) {
        return seed % 5 == 0 ? 15 : 15 ^ (1 << (seed % 4));
    }

    function _epochIn(bytes memory header) private pure returns (uint32) {
        return uint32(uint256(_word(header, 36)) >> 224);
    }

    function _expiryIn(bytes memory header) private pure returns (uint256) {
        return uint256(_word(header, 40)) >> 192;
    }
}
