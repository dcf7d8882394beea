// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "../src/interfaces/ICommittee.sol";
import {ILedger} from "../src/interfaces/ILedger.sol";
import {EpochMembers} from "../src/types/EpochMembers.sol";
import {QuorumFlaw} from "../src/types/QuorumFlaw.sol";
import {Fixture} from "./support/Fixture.sol";
import {Vm} from "./support/Vm.sol";

/// @notice Posting: what is refused and why, and that only the first post of a headersRoot counts.
contract PostTest is Fixture {
    uint256 private constant CHAIN = 31_337;

    function _expectPost(bytes32 headersRoot, uint256 timestamp, uint32 epoch) private view {
        (uint64 postedAt, uint32 postedEpoch) = ledger.postOf(headersRoot);
        vm.assertEq(postedAt, timestamp);
        vm.assertEq(postedEpoch, epoch);
    }

    function _postOne(bytes[] memory list, uint256 index, uint32 epoch, uint256 signers) private {
        (bytes32 root, bytes memory path) = _tree(_digests(list), index);
        ledger.postOne(list[index], index, path, _membersOf(epoch), signers, _sign(root, epoch, signers));
    }

    function _deploy(ICommittee of_, uint64 notice, uint64 promise_) private {
        vm.deployCode("Ledger.sol:Ledger", abi.encode(of_, notice, promise_));
    }

    function test_constructor_committeeWithoutCode_reverts(address nobody) public {
        vm.assume(nobody.code.length == 0);
        vm.expectRevert(abi.encodeWithSelector(ILedger.CommitteeWithoutCode.selector, nobody));
        _deploy(ICommittee(nobody), NOTICE, PROMISE);
    }

    function test_constructor_promiseInvalid_reverts(uint64 notice, uint64 promise_) public {
        bool valid = notice > 0 && notice < promise_ && promise_ <= 36_500 days;
        if (!valid) {
            vm.expectRevert(abi.encodeWithSelector(ILedger.PromiseInvalid.selector, notice, promise_));
        }
        _deploy(committee, notice, promise_);
    }

    function test_constructor_promiseBounds_work() public {
        test_constructor_promiseInvalid_reverts(0, 1);
        test_constructor_promiseInvalid_reverts(1, 1);
        test_constructor_promiseInvalid_reverts(1, 2);
        test_constructor_promiseInvalid_reverts(1, 36_500 days);
        test_constructor_promiseInvalid_reverts(1, 36_500 days + 1);
        vm.assertEq(ledger.noticeSeconds(), NOTICE);
        vm.assertEq(ledger.promiseSeconds(), PROMISE);
        vm.assertEq(ledger.shards(), 4);
    }

    function test_post_quorum_emitsAndRecords(bytes32 seed, uint256 count, uint256 absent) public {
        bytes[] memory list = _headers(seed, 1, _bound(count, 1, 65));
        bytes32 root = _rootOf(list);
        uint256 signers = _all() ^ (1 << _bound(absent, 0, 3));
        bytes memory signatures = _sign(root, 1, signers);
        _expectPost(root, 0, 0);

        vm.expectEmit(address(ledger));
        emit ILedger.Posted(root, 1, uint64(START), _pack(list));
        ledger.post(_pack(list), _current(), signers, signatures);
        _expectPost(root, START, 1);
    }

    function test_post_oneTo65Headers_everyOneHasItsPlace() public {
        for (uint256 count = 1; count <= 65; count++) {
            // A call of its own, so that the memory of one round does not weigh on the next.
            this.postAndShow(count);
        }
    }

    function postAndShow(uint256 count) external {
        bytes[] memory list = _headers(bytes32(count), 1, count);
        vm.recordLogs();
        _post(list, 1, 7);
        vm.assertEq(vm.getRecordedLogs()[0].topics[1], _rootOf(list));

        uint256 index = uint256(keccak256(abi.encode(count))) % count;
        (, bytes memory path) = _tree(_digests(list), index);
        (bool stands, bytes32 digest) = ledger.standsPosted(list[index], index, path);
        vm.assertTrue(stands);
        vm.assertEq(digest, _digestOf(list[index]));
        vm.assertTrue(ledger.verify(_certificateOf(list, index, 1, 7), _current()));
    }

    function test_post_512Headers_atMost() public {
        bytes[] memory list = _headers("most", 1, 512);
        _post(list, 1, 7);
        _expectPost(_rootOf(list), START, 1);

        bytes memory tooMany = bytes.concat(_pack(list), _header(bytes32(0), 1));
        EpochMembers memory current = _current();
        vm.expectRevert(abi.encodeWithSelector(ILedger.HeadersLengthInvalid.selector, 51_300));
        ledger.post(tooMany, current, 7, "");
    }

    function test_post_headersLengthInvalid_reverts(uint256 length) public {
        length = _bound(length, 0, 500);
        vm.assume(length == 0 || length % 100 != 0);
        EpochMembers memory current = _current();
        vm.expectRevert(abi.encodeWithSelector(ILedger.HeadersLengthInvalid.selector, length));
        ledger.post(new bytes(length), current, 7, "");
    }

    function test_post_epochsMixed_reverts(bytes32 seed, uint256 index, uint32 other) public {
        vm.assume(other != 1);
        index = _bound(index, 1, 8);
        bytes[] memory list = _headers(seed, 1, 9);
        list[index] = _header(seed, other);
        bytes memory signatures = _sign(_rootOf(list), 1, 15);
        EpochMembers memory current = _current();
        vm.expectRevert(abi.encodeWithSelector(ILedger.EpochsMixed.selector, index, 1, other));
        ledger.post(_pack(list), current, 15, signatures);
    }

    function test_post_epochUnknown_reverts(bytes32 seed, uint32 epoch) public {
        vm.assume(epoch != 1);
        bytes[] memory list = _headers(seed, epoch, 1);
        // What stands for the root of an epoch that has not started is 0.
        bytes memory signatures = _signWith(keys, ledger.attestationDigest(_rootOf(list), 0), 15);
        EpochMembers memory current = _current();
        vm.expectRevert(abi.encodeWithSelector(ILedger.EpochUnknown.selector, epoch));
        ledger.post(_pack(list), current, 15, signatures);
    }

    function _expectMismatch(bytes[] memory list, EpochMembers memory wrong) private {
        bytes memory signatures = _sign(_rootOf(list), 1, 15);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedger.MembersMismatch.selector, 1, _rootOfMembers(_current()), _rootOfMembers(wrong)
            )
        );
        ledger.post(_pack(list), wrong, 15, signatures);
    }

    function test_post_membersMismatch_reverts(bytes32 seed, uint256 index, uint256 shards) public {
        bytes[] memory list = _headers(seed, 1, 1);
        index = _bound(index, 1, 3);
        EpochMembers memory wrong = _current();
        vm.assume(shards != wrong.members[index].shards);
        wrong.members[index].shards = shards;
        _expectMismatch(list, wrong);

        wrong = _current();
        (wrong.members[index], wrong.members[index - 1]) = (wrong.members[index - 1], wrong.members[index]);
        _expectMismatch(list, wrong);

        wrong = _current();
        vm.assume(seed != wrong.seed);
        wrong.seed = seed;
        _expectMismatch(list, wrong);

        EpochMembers memory none;
        _expectMismatch(list, none);
    }

    function test_post_membersOfAnotherEpoch_reverts(bytes32 seed) public {
        _startEpoch(_ones(4));
        bytes[] memory list = _headers(seed, 2, 1);
        bytes memory signatures = _sign(_rootOf(list), 2, 15);
        EpochMembers memory first = _membersOf(1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedger.MembersMismatch.selector, 2, _rootOfMembers(_current()), _rootOfMembers(first)
            )
        );
        ledger.post(_pack(list), first, 15, signatures);
    }

    function _expectMissing(
        bytes[] memory list,
        uint256 signers,
        bytes memory signatures,
        QuorumFlaw flaw,
        uint256 fact
    ) private {
        EpochMembers memory current = _current();
        (, bytes memory path) = _tree(_digests(list), 1);
        vm.expectRevert(abi.encodeWithSelector(ILedger.QuorumMissing.selector, flaw, fact));
        ledger.post(_pack(list), current, signers, signatures);
        vm.expectRevert(abi.encodeWithSelector(ILedger.QuorumMissing.selector, flaw, fact));
        ledger.postOne(list[1], 1, path, current, signers, signatures);
    }

    function test_post_quorumMissing_reverts(bytes32 seed, uint256 index) public {
        index = _bound(index, 0, 3);
        bytes[] memory list = _headers(seed, 1, 3);
        bytes memory all = _sign(_rootOf(list), 1, 15);

        _expectMissing(list, 5, _sign(_rootOf(list), 1, 5), QuorumFlaw.TooFewShards, 2);
        _expectMissing(list, 31, all, QuorumFlaw.SignerOutside, 4);
        _expectMissing(list, 15, _prefix(all, 128), QuorumFlaw.SignaturesLength, 256);
        _expectMissing(list, 15, _flip(all, 64 * index, 1), QuorumFlaw.BadSignature, index);
        _expectPost(_rootOf(list), 0, 0);
    }

    function test_post_again_onlyTheFirstCounts(bytes32 seed, address stranger, uint256 later) public {
        bytes[] memory list = _headers(seed, 1, 2);
        bytes32 root = _rootOf(list);
        _post(list, 1, 7);
        // However much later, also after every header has expired and the epoch is closed.
        _startSame();
        _startSame();
        vm.warp(START + _bound(later, 0, 3 * PROMISE));

        // The quorum was checked: whoever shows the headers again needs no members and no signatures.
        EpochMembers memory none;
        vm.expectEmit(address(ledger));
        emit ILedger.Posted(root, 1, uint64(START), _pack(list));
        vm.prank(stranger);
        ledger.post(_pack(list), none, 0, "");
        _expectPost(root, START, 1);

        (, bytes memory path) = _tree(_digests(list), 1);
        vm.expectEmit(address(ledger));
        emit ILedger.PostedOne(root, 1, uint64(START), list[1], 1, path);
        vm.prank(stranger);
        ledger.postOne(list[1], 1, path, none, 0, "");
        _expectPost(root, START, 1);
    }

    function test_postOne_anyPlace_recordsTheWholeRoot(
        bytes32 seed,
        uint256 count,
        uint256 index,
        uint256 other
    ) public {
        count = _bound(count, 1, 40);
        (index, other) = (_bound(index, 0, count - 1), _bound(other, 0, count - 1));
        bytes[] memory list = _headers(seed, 1, count);
        (bytes32 root, bytes memory path) = _tree(_digests(list), index);
        bytes memory signatures = _sign(root, 1, 7);
        EpochMembers memory current = _current();
        vm.expectEmit(address(ledger));
        emit ILedger.PostedOne(root, 1, uint64(START), list[index], index, path);
        ledger.postOne(list[index], index, path, current, 7, signatures);
        _expectPost(root, START, 1);

        (, path) = _tree(_digests(list), other);
        (bool stands,) = ledger.standsPosted(list[other], other, path);
        vm.assertTrue(stands);
    }

    function test_postOne_placeInvalid_reverts(bytes32 seed, uint256 index, uint256 length) public {
        length = _bound(length, 0, 400);
        uint256 nodes = length / 32;
        if (length % 32 == 0 && nodes <= 9) index = _bound(index, 1 << nodes, type(uint256).max);
        bytes memory header = _header(seed, 1);
        EpochMembers memory current = _current();
        vm.expectRevert(abi.encodeWithSelector(ILedger.PlaceInvalid.selector, index, length));
        ledger.postOne(header, index, new bytes(length), current, 7, "");
    }

    function test_postOne_headerLengthInvalid_reverts(uint256 length) public {
        length = _bound(length, 0, 300);
        vm.assume(length != 100);
        EpochMembers memory current = _current();
        vm.expectRevert(abi.encodeWithSelector(ILedger.HeaderLengthInvalid.selector, length));
        ledger.postOne(new bytes(length), 0, "", current, 7, "");
    }

    function test_postOne_ofAnotherEpoch_underAPostedRoot_reverts(bytes32 seed) public {
        // A committee that attests to a root over headers of two epochs makes only those of its own stand.
        _startSame();
        bytes[] memory list = _headers(seed, 1, 2);
        list[1] = _header(seed, 2);
        (bytes32 root, bytes memory path) = _tree(_digests(list), 1);
        _postOne(list, 0, 1, 15);
        bytes memory signatures = _sign(root, 2, 15);
        EpochMembers memory current = _current();
        vm.expectRevert(abi.encodeWithSelector(ILedger.EpochsMixed.selector, 0, 1, 2));
        ledger.postOne(list[1], 1, path, current, 15, signatures);
        _expectPost(root, START, 1);

        (bool stands,) = ledger.standsPosted(list[1], 1, path);
        vm.assertFalse(stands);
        (, path) = _tree(_digests(list), 0);
        (stands,) = ledger.standsPosted(list[0], 0, path);
        vm.assertTrue(stands);
    }

    function test_post_earlierEpoch_succeeds(bytes32 seed) public {
        bytes[] memory list = _headers(seed, 1, 2);
        _startEpoch(_ones(4));
        _post(list, 1, 7);
        _expectPost(_rootOf(list), START, 1);
    }

    function test_post_anotherLedgerOrChain_reverts(bytes32 seed, uint256 chain) public {
        bytes[] memory list = _headers(seed, 1, 1);
        bytes memory signatures = _sign(_rootOf(list), 1, 15);
        EpochMembers memory current = _current();
        bytes memory reason =
            abi.encodeWithSelector(ILedger.QuorumMissing.selector, QuorumFlaw.BadSignature, 0);

        ILedger another = _deployLedger();
        vm.expectRevert(reason);
        another.post(_pack(list), current, 15, signatures);

        chain = _bound(chain, 1, type(uint64).max);
        vm.assume(chain != CHAIN);
        vm.chainId(chain);
        vm.expectRevert(reason);
        ledger.post(_pack(list), current, 15, signatures);
        vm.chainId(CHAIN);
        ledger.post(_pack(list), current, 15, signatures);
    }

    function test_postOf_replayFromEvents_matches(bytes32 seed, uint256 posts) public {
        posts = _bound(posts, 1, 6);
        vm.recordLogs();
        for (uint256 i = 0; i < posts; i++) {
            vm.warp(START + i * 1000);
            bytes32 salt = keccak256(abi.encode(seed, i));
            bytes[] memory list = _headers(salt, 1, 1 + (uint256(seed) >> (8 * i)) % 5);
            if (uint256(salt) % 2 == 0) _post(list, 1, 14);
            else _postOne(list, list.length - 1, 1, 14);
        }

        // Whoever has only the logs of L1 knows every headersRoot, and headers with their places.
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, posts);
        for (uint256 i = 0; i < posts; i++) {
            vm.assertEq(logs[i].topics[1], _rootFromLog(logs[i]));
            _expectPost(logs[i].topics[1], START + i * 1000, uint32(uint256(logs[i].topics[2])));
        }
    }

    function _rootFromLog(Vm.Log memory log) private view returns (bytes32) {
        if (log.topics[0] == ILedger.Posted.selector) {
            (, bytes memory headers) = abi.decode(log.data, (uint64, bytes));
            return _rootOf(_unpack(headers));
        }
        vm.assertEq(log.topics[0], ILedger.PostedOne.selector);
        (, bytes memory header, uint256 index, bytes memory path) =
            abi.decode(log.data, (uint64, bytes, uint256, bytes));
        return _climb(_digestOf(header), index, path);
    }

    function _unpack(bytes memory packed) private pure returns (bytes[] memory list) {
        list = new bytes[](packed.length / 100);
        for (uint256 i = 0; i < packed.length; i++) {
            if (i % 100 == 0) list[i / 100] = new bytes(100);
            list[i / 100][i % 100] = packed[i];
        }
    }
}
