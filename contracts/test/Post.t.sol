// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "../src/interfaces/ICommittee.sol";
import {ILedger} from "../src/interfaces/ILedger.sol";
import {Member} from "../src/types/Member.sol";
import {QuorumFlaw} from "../src/types/QuorumFlaw.sol";
import {Fixture} from "./support/Fixture.sol";
import {Vm} from "./support/Vm.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @notice Posting: what is refused and why, and that the events alone give back the accumulator.
contract PostTest is Fixture {
    uint256 private constant CHAIN = 31_337;

    function _rootOf(bytes[] memory list) private view returns (bytes32 root) {
        (root,) = _tree(_digests(list), 0);
    }

    function _post(bytes[] memory list, uint32 epoch, uint256 signers) private {
        ledger.post(_pack(list), members, signers, _sign(_rootOf(list), epoch, signers));
    }

    function test_constructor_committeeWithoutCode_reverts(address nobody) public {
        vm.assume(nobody.code.length == 0);
        committee = ICommittee(nobody);
        vm.expectRevert(abi.encodeWithSelector(ILedger.CommitteeWithoutCode.selector, nobody));
        _deployLedger();
    }

    function test_post_quorum_emitsAndFolds(bytes32 seed, uint256 count, uint256 absent) public {
        bytes[] memory list = _headers(seed, 1, _bound(count, 1, 65));
        bytes32 root = _rootOf(list);
        bytes32 folded = keccak256(abi.encodePacked(bytes32(0), root));

        vm.expectEmit(address(ledger));
        emit ILedger.Posted(root, 1, folded, _pack(list));
        _post(list, 1, _all() ^ (1 << _bound(absent, 0, 3)));
        vm.assertEq(ledger.accumulator(), folded);
    }

    function test_post_oneTo65Headers_everyOneIsIncluded() public {
        for (uint256 count = 1; count <= 65; count++) {
            // A call of its own, so that the memory of one round does not weigh on the next.
            this.postAndProve(count);
        }
    }

    function postAndProve(uint256 count) external {
        bytes[] memory list = _headers(bytes32(count), 1, count);
        bytes32 root = _rootOf(list);
        vm.recordLogs();
        _post(list, 1, 7);
        vm.assertEq(vm.getRecordedLogs()[0].topics[1], root);

        uint256 index = uint256(keccak256(abi.encode(count))) % count;
        (, bytes32[] memory path) = _tree(_digests(list), index);
        vm.assertTrue(MerkleProof.verify(path, root, ledger.headerDigest(list[index])));
        vm.assertTrue(ledger.verify(_certificate(list[index], path, 7, _sign(root, 1, 7)), members));
    }

    function test_post_1024Headers_succeeds() public {
        bytes memory packed = new bytes(102_400);
        bytes32[] memory digests = new bytes32[](1024);
        for (uint256 i = 0; i < 1024; i++) {
            bytes memory header = _header(bytes32(i), 1);
            digests[i] = _digestOf(header);
            for (uint256 j = 0; j < 100; j++) {
                packed[100 * i + j] = header[j];
            }
        }
        (bytes32 root,) = _tree(digests, 0);
        ledger.post(packed, members, 7, _sign(root, 1, 7));
        vm.assertEq(ledger.accumulator(), keccak256(abi.encodePacked(bytes32(0), root)));

        bytes memory tooMany = bytes.concat(packed, _header(bytes32(0), 1));
        vm.expectRevert(abi.encodeWithSelector(ILedger.HeadersLengthInvalid.selector, 102_500));
        ledger.post(tooMany, members, 7, "");
    }

    function test_post_headersLengthInvalid_reverts(uint256 length) public {
        length = _bound(length, 0, 500);
        vm.assume(length == 0 || length % 100 != 0);
        vm.expectRevert(abi.encodeWithSelector(ILedger.HeadersLengthInvalid.selector, length));
        ledger.post(new bytes(length), members, 7, "");
    }

    function test_post_epochsMixed_reverts(bytes32 seed, uint256 index, uint32 other) public {
        vm.assume(other != 1);
        index = _bound(index, 1, 8);
        bytes[] memory list = _headers(seed, 1, 9);
        list[index] = _header(seed, other);
        bytes memory signatures = _sign(_rootOf(list), 1, 15);
        vm.expectRevert(abi.encodeWithSelector(ILedger.EpochsMixed.selector, index, 1, other));
        ledger.post(_pack(list), members, 15, signatures);
    }

    function test_post_epochUnknown_reverts(bytes32 seed, uint32 epoch) public {
        vm.assume(epoch != 1);
        bytes[] memory list = _headers(seed, epoch, 1);
        bytes memory signatures = _sign(_rootOf(list), epoch, 15);
        vm.expectRevert(abi.encodeWithSelector(ILedger.EpochUnknown.selector, epoch));
        ledger.post(_pack(list), members, 15, signatures);
    }

    function _expectMismatch(bytes[] memory list, Member[] memory wrong) private {
        bytes memory signatures = _sign(_rootOf(list), 1, 15);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedger.MembersMismatch.selector,
                1,
                keccak256(abi.encode(members)),
                keccak256(abi.encode(wrong))
            )
        );
        ledger.post(_pack(list), wrong, 15, signatures);
    }

    function test_post_membersMismatch_reverts(bytes32 seed, uint256 index, uint16 shards, uint128 stake)
        public
    {
        bytes[] memory list = _headers(seed, 1, 1);
        index = _bound(index, 1, 3);

        Member[] memory wrong = members;
        (wrong[index], wrong[index - 1]) = (wrong[index - 1], wrong[index]);
        _expectMismatch(list, wrong);

        vm.assume(shards != 1 && stake != index);
        wrong = members;
        wrong[index].shards = shards;
        _expectMismatch(list, wrong);

        wrong = members;
        wrong[index].stake = stake;
        _expectMismatch(list, wrong);

        wrong = new Member[](3);
        (wrong[0], wrong[1], wrong[2]) = (members[0], members[1], members[2]);
        _expectMismatch(list, wrong);
        _expectMismatch(list, new Member[](0));
    }

    function test_post_membersOfAnotherEpoch_reverts(bytes32 seed) public {
        Member[] memory first = members;
        _startEpoch(_ones(4));
        bytes[] memory list = _headers(seed, 2, 1);
        bytes memory signatures = _sign(_rootOf(list), 2, 15);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedger.MembersMismatch.selector,
                2,
                keccak256(abi.encode(members)),
                keccak256(abi.encode(first))
            )
        );
        ledger.post(_pack(list), first, 15, signatures);
    }

    function test_post_quorumMissing_reverts(bytes32 seed, uint256 index) public {
        index = _bound(index, 0, 3);
        bytes[] memory list = _headers(seed, 1, 3);
        bytes memory packed = _pack(list);
        bytes memory all = _sign(_rootOf(list), 1, 15);
        bytes memory two = _sign(_rootOf(list), 1, 5);

        vm.expectRevert(abi.encodeWithSelector(ILedger.QuorumMissing.selector, QuorumFlaw.TooFewShards, 2));
        ledger.post(packed, members, 5, two);
        vm.expectRevert(abi.encodeWithSelector(ILedger.QuorumMissing.selector, QuorumFlaw.SignerOutside, 4));
        ledger.post(packed, members, 31, all);
        vm.expectRevert(
            abi.encodeWithSelector(ILedger.QuorumMissing.selector, QuorumFlaw.SignaturesLength, 256)
        );
        ledger.post(packed, members, 15, _prefix(all, 128));
        all = _flip(all, 64 * index, 1);
        vm.expectRevert(
            abi.encodeWithSelector(ILedger.QuorumMissing.selector, QuorumFlaw.BadSignature, index)
        );
        ledger.post(packed, members, 15, all);
        vm.assertEq(ledger.accumulator(), 0);
    }

    function test_post_again_isHarmless(bytes32 seed, address stranger) public {
        bytes[] memory list = _headers(seed, 1, 2);
        bytes memory packed = _pack(list);
        bytes memory signatures = _sign(_rootOf(list), 1, 7);
        ledger.post(packed, members, 7, signatures);
        bytes32 once = ledger.accumulator();
        vm.prank(stranger);
        ledger.post(packed, members, 7, signatures);
        vm.assertEq(ledger.accumulator(), keccak256(abi.encodePacked(once, _rootOf(list))));
    }

    function test_post_earlierEpoch_succeeds(bytes32 seed) public {
        bytes[] memory list = _headers(seed, 1, 2);
        bytes memory signatures = _sign(_rootOf(list), 1, 7);
        Member[] memory first = members;
        _startEpoch(_ones(7));
        ledger.post(_pack(list), first, 7, signatures);
        vm.assertTrue(ledger.accumulator() != 0);
    }

    function test_post_anotherLedgerOrChain_reverts(bytes32 seed, uint256 chain) public {
        bytes[] memory list = _headers(seed, 1, 1);
        bytes memory signatures = _sign(_rootOf(list), 1, 15);
        bytes memory reason =
            abi.encodeWithSelector(ILedger.QuorumMissing.selector, QuorumFlaw.BadSignature, 0);

        ILedger another = _deployLedger();
        vm.expectRevert(reason);
        another.post(_pack(list), members, 15, signatures);

        chain = _bound(chain, 1, type(uint64).max);
        vm.assume(chain != CHAIN);
        vm.chainId(chain);
        vm.expectRevert(reason);
        ledger.post(_pack(list), members, 15, signatures);
        vm.chainId(CHAIN);
        ledger.post(_pack(list), members, 15, signatures);
    }

    function test_accumulator_replayFromEvents_matches(bytes32 seed, uint256 posts) public {
        posts = _bound(posts, 1, 6);
        vm.recordLogs();
        for (uint256 i = 0; i < posts; i++) {
            _post(_headers(keccak256(abi.encode(seed, i)), 1, 1 + (uint256(seed) >> (8 * i)) % 5), 1, 14);
        }

        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, posts);
        bytes32 accumulator = 0;
        for (uint256 i = 0; i < posts; i++) {
            vm.assertEq(logs[i].topics[0], ILedger.Posted.selector);
            vm.assertEq(uint256(logs[i].topics[2]), 1);
            (bytes32 after_, bytes memory headers) = abi.decode(logs[i].data, (bytes32, bytes));
            vm.assertEq(logs[i].topics[1], _rootOf(_unpack(headers)));
            accumulator = keccak256(abi.encodePacked(accumulator, logs[i].topics[1]));
            vm.assertEq(after_, accumulator);
        }
        vm.assertEq(ledger.accumulator(), accumulator);
    }

    function _unpack(bytes memory packed) private pure returns (bytes[] memory list) {
        list = new bytes[](packed.length / 100);
        for (uint256 i = 0; i < packed.length; i++) {
            if (i % 100 == 0) list[i / 100] = new bytes(100);
            list[i / 100][i % 100] = packed[i];
        }
    }
}
