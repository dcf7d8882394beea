// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "../src/interfaces/ICommittee.sol";
import {EpochMembers} from "../src/types/EpochMembers.sol";
import {Member} from "../src/types/Member.sol";
import {Test} from "./support/Test.sol";
import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// @notice Which sets of members may be an epoch, that epochs never change, when they retire, and who may start them.
contract CommitteeTest is Test {
    ICommittee private committee;
    /// @dev The same contract.
    Ownable2Step private ownable;

    function setUp() public {
        vm.warp(1_000_000);
        _deploy(7);
    }

    function _deploy(uint256 shards) private {
        address deployed = vm.deployCode("Committee.sol:Committee", abi.encode(address(this), shards));
        (committee, ownable) = (ICommittee(deployed), Ownable2Step(deployed));
    }

    /// @dev `total` shards in sets of `count` members, and their signers in ascending order, from a seed.
    function _members(uint256 seed, uint256 count, uint256 total)
        private
        pure
        returns (Member[] memory list)
    {
        list = new Member[](count);
        uint256 signer = 0;
        for (uint256 i = 0; i < count; i++) {
            signer += 1 + uint256(keccak256(abi.encode(seed, i))) % (1 << 150);
            list[i].signer = address(uint160(signer));
        }
        for (uint256 shard = 0; shard < total; shard++) {
            // Every member has one, and whoever the seed says has the others.
            uint256 holder = shard < count ? (shard + seed % count) % count : _random(seed, shard) % count;
            list[holder].shards |= 1 << shard;
        }
    }

    function _random(uint256 seed, uint256 index) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, index, "holder")));
    }

    function _rootOf(Member[] memory members) private view returns (bytes32) {
        bytes32 seed = blockhash(block.number - 1);
        return keccak256(abi.encode(EpochMembers({seed: seed, members: members})));
    }

    function _endpoints(uint256 count) private pure returns (string[] memory list) {
        list = new string[](count);
        for (uint256 i = 0; i < count; i++) {
            list[i] = "https://storage.example";
        }
    }

    function test_constructor_shardsOutOfRange_reverts() public {
        for (uint256 shards = 0; shards < 4; shards++) {
            vm.expectRevert(abi.encodeWithSelector(ICommittee.ShardsOutOfRange.selector, shards));
            _deploy(shards);
        }
        _deploy(4);
        _deploy(255);
        vm.assertEq(committee.shards(), 255);
    }

    function test_startEpoch_wellFormed_succeeds(uint256 seed, uint256 count, uint256 total) public {
        total = _bound(total, 4, 255);
        count = _bound(count, 1, total);
        _deploy(total);
        Member[] memory members = _members(seed, count, total);
        vm.roll(2 + seed % 1_000_000);

        vm.expectEmit(address(committee));
        emit ICommittee.EpochStarted(1, blockhash(block.number - 1), members, _endpoints(count));
        uint32 epoch = committee.startEpoch(members, _endpoints(count));

        vm.assertEq(epoch, 1);
        vm.assertEq(committee.currentEpoch(), 1);
        vm.assertEq(committee.committeeRoot(1), _rootOf(members));
        vm.assertEq(committee.committeeRoot(0), 0);
        vm.assertEq(committee.committeeRoot(2), 0);
    }

    function test_startEpoch_sameMembersInAnotherBlock_anotherRoot(uint256 seed) public {
        Member[] memory members = _members(seed, 4, 7);
        vm.assertTrue(blockhash(block.number - 1) != 0);
        committee.startEpoch(members, _endpoints(4));
        vm.roll(block.number + 1);
        committee.startEpoch(members, _endpoints(4));
        vm.assertTrue(committee.committeeRoot(1) != committee.committeeRoot(2));
    }

    function test_startEpoch_anotherStarts_earlierUnchanged(uint256 seed) public {
        bytes32[] memory roots = new bytes32[](5);
        for (uint256 i = 1; i < roots.length; i++) {
            vm.roll(block.number + i);
            Member[] memory members = _members(seed ^ i, 3 + i, 7);
            roots[i] = _rootOf(members);
            vm.assertEq(committee.startEpoch(members, _endpoints(3 + i)), i);
        }
        for (uint32 i = 0; i < roots.length; i++) {
            vm.assertEq(committee.committeeRoot(i), roots[i]);
        }
    }

    function test_retiredAt_isTheStartOfTheEpochAfterTheNext(uint256 seed) public {
        uint256[] memory startedAt = new uint256[](6);
        for (uint32 epoch = 1; epoch < startedAt.length; epoch++) {
            vm.warp(block.timestamp + 1 + _random(seed, epoch) % 1000);
            startedAt[epoch] = block.timestamp;
            committee.startEpoch(_members(seed, 4, 7), _endpoints(4));
            for (uint32 i = 1; i <= epoch; i++) {
                vm.assertEq(committee.retiredAt(i), i + 2 <= epoch ? startedAt[i + 2] : 0);
            }
        }
    }

    function test_retiredAt_ofNoEpoch_isZero(uint32 epoch) public {
        committee.startEpoch(_members(0, 4, 7), _endpoints(4));
        committee.startEpoch(_members(0, 4, 7), _endpoints(4));
        vm.assertEq(committee.retiredAt(0), 0);
        vm.assertEq(committee.retiredAt(type(uint32).max - 1), 0);
        vm.assertEq(committee.retiredAt(type(uint32).max), 0);
        vm.assertEq(committee.retiredAt(epoch), 0);
    }

    function test_startEpoch_notOwner_reverts(address sender) public {
        vm.assume(sender != address(this));
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, sender));
        vm.prank(sender);
        committee.startEpoch(_members(0, 4, 7), _endpoints(4));
    }

    function test_startEpoch_signersNotAscending_reverts(uint256 seed, uint256 index) public {
        index = _bound(index, 1, 6);
        Member[] memory members = _members(seed, 7, 7);
        (members[index], members[index - 1]) = (members[index - 1], members[index]);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICommittee.SignerNotAscending.selector,
                index,
                members[index].signer,
                members[index - 1].signer
            )
        );
        committee.startEpoch(members, _endpoints(7));
    }

    function test_startEpoch_signerTwice_reverts(uint256 seed, uint256 index) public {
        index = _bound(index, 1, 6);
        Member[] memory members = _members(seed, 7, 7);
        address twice = members[index - 1].signer;
        members[index].signer = twice;
        vm.expectRevert(abi.encodeWithSelector(ICommittee.SignerNotAscending.selector, index, twice, twice));
        committee.startEpoch(members, _endpoints(7));
    }

    function test_startEpoch_signerZero_reverts(uint256 seed) public {
        Member[] memory members = _members(seed, 4, 7);
        members[0].signer = address(0);
        vm.expectRevert(
            abi.encodeWithSelector(ICommittee.SignerNotAscending.selector, 0, address(0), address(0))
        );
        committee.startEpoch(members, _endpoints(4));
    }

    function test_startEpoch_memberWithoutShards_reverts(uint256 seed, uint256 index) public {
        index = _bound(index, 0, 6);
        Member[] memory members = _members(seed, 7, 7);
        members[index].shards = 0;
        vm.expectRevert(abi.encodeWithSelector(ICommittee.MemberWithoutShards.selector, index));
        committee.startEpoch(members, _endpoints(7));
    }

    function test_startEpoch_shardOfTwoMembers_reverts(uint256 seed, uint256 from, uint256 to) public {
        (from, to) = (_bound(from, 0, 3), _bound(to, 0, 3));
        vm.assume(from != to);
        Member[] memory members = _members(seed, 4, 7);
        members[to].shards |= members[from].shards;
        vm.expectRevert(
            abi.encodeWithSelector(
                ICommittee.ShardsHeldTwice.selector, from > to ? from : to, members[from].shards
            )
        );
        committee.startEpoch(members, _endpoints(4));
    }

    function test_startEpoch_shardOfNoMember_reverts(uint256 seed, uint256 shard) public {
        // With six members one has two shards, and can lose either.
        Member[] memory members = _members(seed, 6, 7);
        uint256 index = 0;
        while (members[index].shards & (members[index].shards - 1) == 0) index++;
        uint256 above = members[index].shards & (members[index].shards - 1);
        uint256 lost = shard % 2 == 0 ? above : members[index].shards ^ above;
        members[index].shards ^= lost;
        vm.expectRevert(abi.encodeWithSelector(ICommittee.ShardsIncomplete.selector, 127, 127 ^ lost));
        committee.startEpoch(members, _endpoints(6));

        vm.expectRevert(abi.encodeWithSelector(ICommittee.ShardsIncomplete.selector, 127, 0));
        committee.startEpoch(new Member[](0), _endpoints(0));
    }

    function test_startEpoch_shardFromNOn_reverts(uint256 seed, uint256 index, uint256 shard) public {
        shard = _bound(shard, 7, 255);
        Member[] memory members = _members(seed, 4, 7);
        members[_bound(index, 0, 3)].shards |= 1 << shard;
        vm.expectRevert(abi.encodeWithSelector(ICommittee.ShardsIncomplete.selector, 127, 127 | (1 << shard)));
        committee.startEpoch(members, _endpoints(4));
    }

    function test_startEpoch_255Shards_excludesTheLastBit(uint256 seed) public {
        _deploy(255);
        Member[] memory members = _members(seed, 4, 255);
        members[3].shards |= 1 << 255;
        vm.expectRevert(
            abi.encodeWithSelector(
                ICommittee.ShardsIncomplete.selector, type(uint256).max >> 1, type(uint256).max
            )
        );
        committee.startEpoch(members, _endpoints(4));
    }

    function test_startEpoch_endpointsMismatch_reverts(uint256 count) public {
        count = _bound(count, 0, 9);
        vm.assume(count != 4);
        vm.expectRevert(abi.encodeWithSelector(ICommittee.EndpointsMismatch.selector, 4, count));
        committee.startEpoch(_members(0, 4, 7), _endpoints(count));
    }

    function test_startEpoch_endpointLengthInvalid_reverts(uint256 index, uint256 length) public {
        string[] memory endpoints = _endpoints(4);
        index = _bound(index, 0, 3);
        length = _bound(length, 257, 1000);

        endpoints[index] = "";
        vm.expectRevert(abi.encodeWithSelector(ICommittee.EndpointLengthInvalid.selector, index, 0));
        committee.startEpoch(_members(0, 4, 7), endpoints);

        endpoints[index] = string(new bytes(length));
        vm.expectRevert(abi.encodeWithSelector(ICommittee.EndpointLengthInvalid.selector, index, length));
        committee.startEpoch(_members(0, 4, 7), endpoints);

        endpoints[index] = string(new bytes(256));
        committee.startEpoch(_members(0, 4, 7), endpoints);
    }

    function test_setDisperser_anyQuota_succeeds(address disperser, uint64 quotaBytes) public {
        vm.assume(disperser != address(0));
        vm.assertEq(committee.disperserQuota(disperser), 0);

        vm.expectEmit(address(committee));
        emit ICommittee.DisperserSet(disperser, quotaBytes);
        committee.setDisperser(disperser, quotaBytes);
        vm.assertEq(committee.disperserQuota(disperser), quotaBytes);

        committee.setDisperser(disperser, 0);
        vm.assertEq(committee.disperserQuota(disperser), 0);
    }

    function test_registrationChangedAt_onlyWhenItComesOrGoes(address disperser, uint256 seed) public {
        vm.assume(disperser != address(0));
        uint256 changedAt = 0;
        uint64 quota = 0;
        for (uint256 i = 0; i < 12; i++) {
            vm.warp(block.timestamp + 1 + i);
            uint64 next = uint64(_random(seed, i) % 3);
            if ((quota == 0) != (next == 0)) changedAt = block.timestamp;
            quota = next;
            committee.setDisperser(disperser, quota);
            vm.assertEq(committee.registrationChangedAt(disperser), changedAt);
        }
    }

    function test_setDisperser_zero_reverts(uint64 quotaBytes) public {
        vm.expectRevert(abi.encodeWithSelector(ICommittee.DisperserZero.selector));
        committee.setDisperser(address(0), quotaBytes);
    }

    function test_setDisperser_notOwner_reverts(address sender, address disperser) public {
        vm.assume(sender != address(this));
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, sender));
        vm.prank(sender);
        committee.setDisperser(disperser, 1);
    }

    function test_renounceOwnership_anyone_reverts(address sender) public {
        vm.expectRevert(abi.encodeWithSelector(ICommittee.OwnershipNotRenounceable.selector));
        ownable.renounceOwnership();
        vm.expectRevert(abi.encodeWithSelector(ICommittee.OwnershipNotRenounceable.selector));
        vm.prank(sender);
        ownable.renounceOwnership();
        vm.assertEq(ownable.owner(), address(this));
    }

    function test_transferOwnership_untilAccepted_ownerStays(address next) public {
        vm.assume(next != address(this) && next != address(0));
        ownable.transferOwnership(next);
        vm.assertEq(ownable.owner(), address(this));
        vm.prank(next);
        ownable.acceptOwnership();
        vm.assertEq(ownable.owner(), next);
    }
}
