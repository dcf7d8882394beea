// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "../src/interfaces/ICommittee.sol";
import {Member} from "../src/types/Member.sol";
import {Test} from "./support/Test.sol";
import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// @notice Which sets of members may be an epoch, that epochs never change, and who may start them.
contract CommitteeTest is Test {
    ICommittee private committee;
    /// @dev The same contract.
    Ownable2Step private ownable;

    function setUp() public {
        address deployed = vm.deployCode("Committee.sol:Committee", abi.encode(address(this)));
        (committee, ownable) = (ICommittee(deployed), Ownable2Step(deployed));
    }

    /// @dev `total` shards over `count` members with signers from a seed, in ascending order.
    function _members(uint256 seed, uint256 count, uint256 total)
        private
        pure
        returns (Member[] memory list)
    {
        list = new Member[](count);
        uint256 signer = 0;
        for (uint256 i = 0; i < count; i++) {
            signer += 1 + uint256(keccak256(abi.encode(seed, i))) % (1 << 150);
            uint256 shards = i + 1 == count ? total - i * (total / count) : total / count;
            uint128 stake = uint128(uint256(keccak256(abi.encode(seed, i, "stake"))));
            list[i] = Member({signer: address(uint160(signer)), shards: uint16(shards), stake: stake});
        }
    }

    function _endpoints(uint256 count) private pure returns (string[] memory list) {
        list = new string[](count);
        for (uint256 i = 0; i < count; i++) {
            list[i] = "https://storage.example";
        }
    }

    function test_startEpoch_wellFormed_succeeds(uint256 seed, uint256 count, uint256 total) public {
        total = _bound(total, 4, 255);
        count = _bound(count, 1, total);
        Member[] memory members = _members(seed, count, total);

        vm.expectEmit(address(committee));
        emit ICommittee.EpochStarted(1, members, _endpoints(count));
        uint32 epoch = committee.startEpoch(members, _endpoints(count));

        vm.assertEq(epoch, 1);
        vm.assertEq(committee.currentEpoch(), 1);
        vm.assertEq(committee.committeeRoot(1), keccak256(abi.encode(members)));
        vm.assertEq(committee.committeeRoot(0), 0);
        vm.assertEq(committee.committeeRoot(2), 0);
    }

    function test_startEpoch_anotherStarts_earlierUnchanged(uint256 seed) public {
        bytes32[] memory roots = new bytes32[](5);
        for (uint256 i = 1; i < roots.length; i++) {
            Member[] memory members = _members(seed ^ i, 3 + i, 3 + i);
            roots[i] = keccak256(abi.encode(members));
            vm.assertEq(committee.startEpoch(members, _endpoints(3 + i)), i);
        }
        for (uint32 i = 0; i < roots.length; i++) {
            vm.assertEq(committee.committeeRoot(i), roots[i]);
        }
    }

    function test_startEpoch_notOwner_reverts(address sender) public {
        vm.assume(sender != address(this));
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, sender));
        vm.prank(sender);
        committee.startEpoch(_members(0, 4, 4), _endpoints(4));
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
        Member[] memory members = _members(seed, 4, 4);
        members[0].signer = address(0);
        vm.expectRevert(
            abi.encodeWithSelector(ICommittee.SignerNotAscending.selector, 0, address(0), address(0))
        );
        committee.startEpoch(members, _endpoints(4));
    }

    function test_startEpoch_memberWithoutShards_reverts(uint256 seed, uint256 index) public {
        index = _bound(index, 0, 6);
        Member[] memory members = _members(seed, 7, 21);
        members[index].shards = 0;
        vm.expectRevert(abi.encodeWithSelector(ICommittee.MemberWithoutShards.selector, index));
        committee.startEpoch(members, _endpoints(7));
    }

    function test_startEpoch_shardsOutOfRange_reverts(uint256 total) public {
        // More than one member's uint16 holds: the sum must not wrap.
        for (uint256 count = 1; count <= 3; count++) {
            uint256 few = _bound(total, count, 3);
            uint256 many = _bound(total, 256, count * 65_535);
            _expectShardsOutOfRange(_spread(count, few), few);
            _expectShardsOutOfRange(_spread(count, many), many);
            _expectShardsOutOfRange(_spread(count, 256), 256);
        }
        _expectShardsOutOfRange(new Member[](0), 0);
    }

    function _spread(uint256 count, uint256 total) private pure returns (Member[] memory list) {
        list = _members(total, count, count);
        uint256 left = total;
        for (uint256 i = 0; i < count; i++) {
            uint256 most = left - (count - 1 - i);
            list[i].shards = uint16(most < 65_535 ? most : 65_535);
            left -= list[i].shards;
        }
    }

    function _expectShardsOutOfRange(Member[] memory members, uint256 shards) private {
        vm.expectRevert(abi.encodeWithSelector(ICommittee.ShardsOutOfRange.selector, shards));
        committee.startEpoch(members, _endpoints(members.length));
    }

    function test_startEpoch_endpointsMismatch_reverts(uint256 count) public {
        count = _bound(count, 0, 9);
        vm.assume(count != 4);
        vm.expectRevert(abi.encodeWithSelector(ICommittee.EndpointsMismatch.selector, 4, count));
        committee.startEpoch(_members(0, 4, 4), _endpoints(count));
    }

    function test_startEpoch_endpointLengthInvalid_reverts(uint256 index, uint256 length) public {
        string[] memory endpoints = _endpoints(4);
        index = _bound(index, 0, 3);
        length = _bound(length, 257, 1000);

        endpoints[index] = "";
        vm.expectRevert(abi.encodeWithSelector(ICommittee.EndpointLengthInvalid.selector, index, 0));
        committee.startEpoch(_members(0, 4, 4), endpoints);

        endpoints[index] = string(new bytes(length));
        vm.expectRevert(abi.encodeWithSelector(ICommittee.EndpointLengthInvalid.selector, index, length));
        committee.startEpoch(_members(0, 4, 4), endpoints);

        endpoints[index] = string(new bytes(256));
        committee.startEpoch(_members(0, 4, 4), endpoints);
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
