// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IStakes} from "../src/interfaces/IStakes.sol";
import {EpochMembers} from "../src/types/EpochMembers.sol";
import {DisputesFixture} from "./support/DisputesFixture.sol";
import {Greedy, Refuser} from "./support/Receivers.sol";

/// @notice Deposits and exits: an account names an owner first, only the owner exits, and only when nothing can be disputed
/// any more.
contract StakesTest is DisputesFixture {
    uint64 private constant DELAY = PROMISE + 5 * WINDOW;
    uint64 private constant UNLOCK = uint64(START) + DELAY;

    /// @dev A member of the first epoch alone.
    address private account;

    function setUp() public override {
        super.setUp();
        account = members[0].signer;
    }

    function _list(EpochMembers memory one) private pure returns (EpochMembers[] memory list) {
        list = new EpochMembers[](1);
        list[0] = one;
    }

    /// @dev Epochs 2 and 3 are of others: the members of the first can sign for nothing.
    function _replaceAll() private {
        _startEpoch(_ones(4));
        _startSame();
    }

    function _request(address who) private {
        uint32 epoch = committee.currentEpoch();
        (EpochMembers memory current, EpochMembers memory previous) = (_current(), _membersOf(epoch - 1));
        vm.prank(OWNER);
        disputes.requestExit(who, current, previous);
    }

    function _finish(address who) private {
        vm.prank(OWNER);
        disputes.finishExit(who);
    }

    function _expectNotDue(address who, uint64 unlockAt, uint32 through, uint32 current) private {
        vm.expectRevert(abi.encodeWithSelector(IStakes.ExitNotDue.selector, who, unlockAt, through, current));
        _finish(who);
    }

    function test_deposit_addsUp(address from, address who, address owner, uint96 one, uint96 two) public {
        vm.assume(owner != address(0) && disputes.ownerOf(who) == address(0));
        vm.assume(from != address(disputes));
        (one, two) = (one / 4 + 1, two / 4 + 1);
        vm.prank(who);
        disputes.nameOwner(owner);
        vm.deal(from, uint256(one) + two);
        vm.expectEmit(address(disputes));
        emit IStakes.Deposited(who, one);
        vm.prank(from);
        disputes.deposit{value: one}(who, owner);
        vm.prank(from);
        disputes.deposit{value: two}(who, owner);
        vm.assertEq(disputes.depositOf(who), uint256(one) + two);
    }

    function test_deposit_nothing_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IStakes.DepositZero.selector, account));
        disputes.deposit(account, OWNER);
    }

    function test_deposit_beforeAnOwnerIsNamed_reverts(address who, address owner, uint96 amount) public {
        // Else the key that signs every day could name one later, and take what others paid in.
        vm.assume(disputes.ownerOf(who) == address(0));
        vm.deal(address(this), amount);
        vm.expectRevert(abi.encodeWithSelector(IStakes.NotOwner.selector, who, address(0), owner));
        disputes.deposit{value: amount}(who, owner);
        vm.expectRevert(abi.encodeWithSelector(IStakes.NotOwner.selector, who, address(0), address(0)));
        disputes.deposit{value: amount}(who, address(0));
    }

    function test_deposit_anotherOwnerThanExpected_reverts(address other) public {
        vm.assume(other != OWNER);
        vm.deal(address(this), 1);
        vm.expectRevert(abi.encodeWithSelector(IStakes.NotOwner.selector, account, OWNER, other));
        disputes.deposit{value: 1}(account, other);
    }

    function test_nameOwner_once(address who, address owner, address other) public {
        vm.assume(owner != address(0) && disputes.ownerOf(who) == address(0));
        vm.expectEmit(address(disputes));
        emit IStakes.OwnerNamed(who, owner);
        vm.prank(who);
        disputes.nameOwner(owner);
        vm.assertEq(disputes.ownerOf(who), owner);
        vm.expectRevert(abi.encodeWithSelector(IStakes.OwnerInvalid.selector, who, other));
        vm.prank(who);
        disputes.nameOwner(other);
    }

    function test_nameOwner_withValue_isTheFirstDeposit(address who, address owner, uint96 amount) public {
        vm.assume(owner != address(0) && disputes.ownerOf(who) == address(0) && amount > 0);
        vm.assume(who != address(disputes));
        vm.deal(who, amount);
        vm.expectEmit(address(disputes));
        emit IStakes.Deposited(who, amount);
        vm.prank(who);
        disputes.nameOwner{value: amount}(owner);
        vm.assertEq(disputes.depositOf(who), amount);
    }

    function test_nameOwner_zero_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IStakes.OwnerInvalid.selector, address(this), address(0)));
        disputes.nameOwner(address(0));
    }

    function test_exit_wholeWay_pays() public {
        _replaceAll();
        EpochMembers memory current = _current();
        EpochMembers memory previous = _membersOf(2);
        vm.expectEmit(address(disputes));
        emit IStakes.ExitRequested(account, UNLOCK);
        vm.prank(OWNER);
        disputes.requestExit(account, current, previous);
        (uint64 requestedAt, uint64 unlockAt, uint32 through) = disputes.exitOf(account);
        vm.assertEq(requestedAt, START);
        vm.assertEq(unlockAt, UNLOCK);
        vm.assertEq(through, 3);

        vm.warp(UNLOCK + 1);
        vm.expectEmit(address(disputes));
        emit IStakes.Left(account, OWNER, DEPOSIT);
        _finish(account);
        vm.assertEq(disputes.depositOf(account), 0);
        vm.assertEq(disputes.creditOf(OWNER), DEPOSIT);
        disputes.withdraw(OWNER);
        vm.assertEq(OWNER.balance, DEPOSIT);
        // The key that signed has power over nothing that comes later either.
        vm.assertEq(disputes.ownerOf(account), OWNER);
        (requestedAt, unlockAt, through) = disputes.exitOf(account);
        vm.assertEq(uint256(requestedAt) + unlockAt + through, 0);
    }

    function test_exit_beforeTheDelay_reverts(uint256 time) public {
        _replaceAll();
        _request(account);
        vm.warp(_bound(time, START, UNLOCK));
        _expectNotDue(account, UNLOCK, 3, 3);
        vm.warp(UNLOCK);
        _expectNotDue(account, UNLOCK, 3, 3);
        vm.warp(UNLOCK + 1);
        _finish(account);
    }

    function test_exit_requestedAgain_startsAnew(uint256 time) public {
        _replaceAll();
        _request(account);
        time = _bound(time, START + 1, START + 2 * DELAY);
        vm.warp(time);
        _request(account);
        vm.warp(time + DELAY);
        _expectNotDue(account, uint64(time) + DELAY, 3, 3);
        vm.warp(time + DELAY + 1);
        _finish(account);
    }

    function test_exit_memberNowOrBefore_reverts() public {
        EpochMembers memory none;
        EpochMembers memory first = _current();
        vm.startPrank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(IStakes.StillMember.selector, account, 1));
        disputes.requestExit(account, first, none);
        vm.stopPrank();
        _startEpoch(_ones(4));
        EpochMembers memory second = _current();
        vm.startPrank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(IStakes.StillMember.selector, account, 1));
        disputes.requestExit(account, second, first);
        // Other members than the epoch's show nothing.
        vm.expectPartialRevert(IStakes.MembersMismatch.selector);
        disputes.requestExit(account, none, first);
        vm.expectPartialRevert(IStakes.MembersMismatch.selector);
        disputes.requestExit(account, second, second);
        second.seed = 0;
        vm.expectPartialRevert(IStakes.MembersMismatch.selector);
        disputes.requestExit(account, second, first);
        vm.stopPrank();
    }

    function test_exit_epochsSince_haveToBeShown() public {
        _replaceAll();
        _request(account);
        _startSame();
        vm.warp(UNLOCK + 1);
        _expectNotDue(account, UNLOCK, 3, 4);

        disputes.showAbsence(account, _list(_current()));
        _finish(account);
        vm.assertEq(disputes.creditOf(OWNER), DEPOSIT);
    }

    function test_showAbsence_severalEpochs_atOnce(uint256 epochs) public {
        epochs = _bound(epochs, 1, 6);
        _replaceAll();
        _request(account);
        EpochMembers[] memory next = new EpochMembers[](epochs);
        for (uint256 i = 0; i < epochs; i++) {
            _startEpoch(_ones(4));
            next[i] = _current();
        }
        vm.warp(UNLOCK + 1);
        disputes.showAbsence(account, next);
        (,, uint32 through) = disputes.exitOf(account);
        vm.assertEq(through, 3 + epochs);
        _finish(account);
    }

    function test_exit_memberAgain_startsAnew() public {
        uint256[] memory firstKeys = keys;
        _replaceAll();
        _request(account);
        EpochMembers memory others = _current();
        EpochMembers memory again = _membersOf(1);
        again.seed = blockhash(block.number - 1);
        committee.startEpoch(again.members, _endpoints(firstKeys.length));
        vm.expectRevert(abi.encodeWithSelector(IStakes.StillMember.selector, account, 4));
        disputes.showAbsence(account, _list(again));
        // Nor can the epoch be passed over, or one be shown that has not started.
        vm.expectPartialRevert(IStakes.MembersMismatch.selector);
        disputes.showAbsence(account, _list(others));
        _startSame();
        _startSame();
        vm.warp(START + 5 * DELAY);
        others = _current();
        vm.expectPartialRevert(IStakes.MembersMismatch.selector);
        disputes.showAbsence(account, _list(others));
        _request(account);
        vm.warp(START + 6 * DELAY);
        _expectNotDue(account, uint64(START) + 6 * DELAY, 6, 6);
        vm.warp(START + 6 * DELAY + 1);
        _finish(account);
    }

    function test_showAbsence_ofFutureEpoch_reverts() public {
        EpochMembers memory none;
        _replaceAll();
        _request(account);
        vm.expectPartialRevert(IStakes.MembersMismatch.selector);
        disputes.showAbsence(account, _list(none));
    }

    function test_showAbsence_withoutAnExit_startsNone() public {
        _replaceAll();
        EpochMembers memory second = _membersOf(2);
        // From the first epoch on, of which the account is a member.
        vm.expectPartialRevert(IStakes.MembersMismatch.selector);
        disputes.showAbsence(account, _list(second));
        vm.expectRevert(abi.encodeWithSelector(IStakes.StillMember.selector, account, 1));
        disputes.showAbsence(account, _list(_membersOf(1)));

        // An account of no epoch can be shown to be absent; that alone lets it go nowhere.
        disputes.showAbsence(DISPERSER, _list(_membersOf(1)));
        disputes.showAbsence(DISPERSER, _list(second));
        disputes.showAbsence(DISPERSER, _list(_current()));
        vm.warp(START + 10 * DELAY);
        _expectNotDue(DISPERSER, 0, 3, 3);
    }

    function test_exit_disperser_onlyWithoutQuota() public {
        committee.setDisperser(DISPERSER, 5);
        _replaceAll();
        EpochMembers memory current = _current();
        EpochMembers memory previous = _membersOf(2);
        vm.expectRevert(abi.encodeWithSelector(IStakes.StillDisperser.selector, DISPERSER, 5));
        vm.prank(OWNER);
        disputes.requestExit(DISPERSER, current, previous);
        committee.setDisperser(DISPERSER, 0);
        vm.warp(START + 1);
        _request(DISPERSER);
        committee.setDisperser(DISPERSER, 1);
        vm.warp(START + DELAY + 2);
        vm.expectRevert(abi.encodeWithSelector(IStakes.StillDisperser.selector, DISPERSER, 1));
        _finish(DISPERSER);
    }

    function test_exit_disperserOfLongAgo_leaves(uint64 quota) public {
        committee.setDisperser(DISPERSER, quota);
        committee.setDisperser(DISPERSER, 0);
        _replaceAll();
        vm.warp(START + 1);
        _request(DISPERSER);
        vm.warp(START + DELAY + 2);
        _finish(DISPERSER);
        vm.assertEq(disputes.creditOf(OWNER), DEPOSIT);
    }

    function test_exit_registrationInTheSecondOfTheRequest_startsAnew() public {
        // Which of the two came first cannot be told from their times.
        _replaceAll();
        _request(DISPERSER);
        committee.setDisperser(DISPERSER, 1);
        committee.setDisperser(DISPERSER, 0);
        vm.warp(UNLOCK + 1);
        vm.expectRevert(abi.encodeWithSelector(IStakes.SignedSince.selector, DISPERSER, START, START));
        _finish(DISPERSER);
    }

    function test_exit_byAnother_reverts(address other) public {
        vm.assume(other != OWNER);
        _replaceAll();
        EpochMembers memory current = _current();
        EpochMembers memory previous = _membersOf(2);
        vm.expectRevert(abi.encodeWithSelector(IStakes.NotOwner.selector, account, OWNER, other));
        vm.prank(other);
        disputes.requestExit(account, current, previous);
        _request(account);
        vm.warp(UNLOCK + 1);
        vm.expectRevert(abi.encodeWithSelector(IStakes.NotOwner.selector, account, OWNER, other));
        vm.prank(other);
        disputes.finishExit(account);
        // Not even the account itself.
        vm.expectRevert(abi.encodeWithSelector(IStakes.NotOwner.selector, account, OWNER, account));
        vm.prank(account);
        disputes.finishExit(account);
    }

    function test_exit_ofAnAccountWithoutOwner_reverts(address who) public {
        vm.assume(disputes.ownerOf(who) == address(0) && who != address(0));
        vm.expectRevert(abi.encodeWithSelector(IStakes.NotOwner.selector, who, address(0), who));
        vm.prank(who);
        disputes.finishExit(who);
    }

    function test_exit_notRequested_reverts() public {
        _expectNotDue(account, 0, 0, 1);
    }

    function test_exit_beforeTheFirstEpoch_needsNoMembers() public {
        _deploy(4);
        EpochMembers memory none;
        vm.prank(OWNER);
        disputes.requestExit(DISPERSER, none, none);
        vm.warp(UNLOCK + 1);
        _finish(DISPERSER);
        vm.assertEq(disputes.creditOf(OWNER), DEPOSIT);
    }

    function test_exit_twice_paysOnce() public {
        _replaceAll();
        _request(account);
        vm.warp(UNLOCK + 1);
        _finish(account);
        _deposit(account, 1 ether);
        _expectNotDue(account, 0, 0, 3);
        vm.assertEq(disputes.creditOf(OWNER), DEPOSIT);
    }

    function test_withdraw_nothing_reverts(address who) public {
        vm.expectRevert(abi.encodeWithSelector(IStakes.NothingToWithdraw.selector, who));
        disputes.withdraw(who);
    }

    function test_withdraw_refused_keepsTheCredit() public {
        address refuser = address(new Refuser());
        _giveCredit(refuser);
        vm.expectRevert(abi.encodeWithSelector(IStakes.WithdrawalRefused.selector, refuser, 1 ether));
        disputes.withdraw(refuser);
        vm.assertEq(disputes.creditOf(refuser), 1 ether);
    }

    function test_withdraw_reentrant_paysOnce() public {
        Greedy greedy = new Greedy(disputes);
        _giveCredit(address(greedy));
        disputes.withdraw(address(greedy));
        vm.assertEq(address(greedy).balance, 1 ether);
        vm.assertEq(greedy.refusals(), 1);
        vm.assertEq(disputes.creditOf(address(greedy)), 0);
    }

    /// @dev Gives an account a credit of one ether the only way there is without a dispute: it is the owner of another.
    function _giveCredit(address to) private {
        _replaceAll();
        (EpochMembers memory current, EpochMembers memory previous) = (_current(), _membersOf(2));
        vm.deal(ANYBODY, 1 ether);
        vm.prank(ANYBODY);
        disputes.nameOwner{value: 1 ether}(to);
        vm.prank(to);
        disputes.requestExit(ANYBODY, current, previous);
        vm.warp(UNLOCK + 1);
        vm.prank(to);
        disputes.finishExit(ANYBODY);
    }
}
