// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IStakes} from "../src/interfaces/IStakes.sol";
import {Member} from "../src/types/Member.sol";
import {Terms} from "../src/types/Terms.sol";
import {DisputesFixture} from "./support/DisputesFixture.sol";
import {Greedy, Refuser} from "./support/Receivers.sol";

/// @notice Deposits and exits: any account deposits, only the owner exits, and only when nothing can be disputed any more.
contract StakesTest is DisputesFixture {
    uint64 private constant DELAY = PROMISE + 2 * WINDOW;

    Member[] private none;
    Member[] private first;

    function _membersOf(uint256 epoch) private view returns (Member[] memory) {
        return epoch == 1 ? first : members;
    }

    function setUp() public override {
        super.setUp();
        first = members;
    }

    function _list(Member[] memory one) private pure returns (Member[][] memory list) {
        list = new Member[][](1);
        list[0] = one;
    }

    /// @dev Epochs 2 and 3 are of others: the members of the first can sign for nothing.
    function _replaceAll() private {
        _startEpoch(_ones(4));
        _again();
    }

    function _again() private {
        committee.startEpoch(members, _endpoints(members.length));
    }

    function _exit(address account) private {
        vm.prank(account);
        disputes.requestExit(account, members, members);
    }

    function test_deposit_addsUp(address from, address account, uint96 one, uint96 two) public {
        vm.assume(account != address(0) && one > 0 && two > 0 && disputes.depositOf(account) == 0);
        (one, two) = (one / 4 + 1, two / 4 + 1);
        vm.deal(from, uint256(one) + two);
        vm.expectEmit(address(disputes));
        emit IStakes.Deposited(account, one);
        vm.prank(from);
        disputes.deposit{value: one}(account);
        vm.prank(from);
        disputes.deposit{value: two}(account);
        vm.assertEq(disputes.depositOf(account), uint256(one) + two);
    }

    function test_deposit_nothingOrNobody_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IStakes.DepositInvalid.selector, address(1), 0));
        disputes.deposit(address(1));
        vm.deal(address(this), 1);
        vm.expectRevert(abi.encodeWithSelector(IStakes.DepositInvalid.selector, address(0), 1));
        disputes.deposit{value: 1}(address(0));
    }

    function test_nameOwner_once(address account, address owner, address other) public {
        vm.assume(owner != address(0) && account != address(0));
        vm.assertEq(disputes.ownerOf(account), account);
        vm.prank(account);
        disputes.nameOwner(owner);
        vm.assertEq(disputes.ownerOf(account), owner);
        vm.expectRevert(abi.encodeWithSelector(IStakes.OwnerInvalid.selector, account, other));
        vm.prank(account);
        disputes.nameOwner(other);
    }

    function test_nameOwner_zero_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IStakes.OwnerInvalid.selector, address(this), address(0)));
        disputes.nameOwner(address(0));
    }

    function test_exit_wholeWay_pays() public {
        address account = first[0].signer;
        vm.prank(account);
        disputes.nameOwner(ANYBODY);
        _replaceAll();
        vm.expectEmit(address(disputes));
        emit IStakes.ExitRequested(account, uint64(START) + DELAY);
        vm.prank(ANYBODY);
        disputes.requestExit(account, members, members);

        vm.warp(START + DELAY + 1);
        vm.prank(ANYBODY);
        disputes.finishExit(account);
        vm.assertEq(disputes.depositOf(account), 0);
        vm.assertEq(disputes.creditOf(ANYBODY), DEPOSIT);
        disputes.withdraw(ANYBODY);
        vm.assertEq(ANYBODY.balance, DEPOSIT);
        // The key that signed has power over nothing that comes later either.
        vm.assertEq(disputes.ownerOf(account), ANYBODY);
    }

    function test_exit_beforeTheDelay_reverts(uint256 time) public {
        address account = first[0].signer;
        _replaceAll();
        _exit(account);
        time = _bound(time, START, START + DELAY);
        vm.warp(time);
        vm.expectRevert(
            abi.encodeWithSelector(IStakes.ExitNotDue.selector, account, uint64(START) + DELAY, 3, 3)
        );
        vm.prank(account);
        disputes.finishExit(account);
    }

    function test_exit_memberNowOrBefore_reverts() public {
        address account = first[1].signer;
        vm.startPrank(account);
        vm.expectRevert(abi.encodeWithSelector(IStakes.StillMember.selector, account, 1));
        disputes.requestExit(account, first, none);
        vm.stopPrank();
        _startEpoch(_ones(4));
        vm.startPrank(account);
        vm.expectRevert(abi.encodeWithSelector(IStakes.StillMember.selector, account, 1));
        disputes.requestExit(account, members, first);
        // Other members than the epoch's show nothing.
        vm.expectPartialRevert(IStakes.EpochMembersMismatch.selector);
        disputes.requestExit(account, none, first);
        vm.expectPartialRevert(IStakes.EpochMembersMismatch.selector);
        disputes.requestExit(account, members, members);
        vm.stopPrank();
    }

    function test_exit_epochsSince_haveToBeShown() public {
        address account = first[0].signer;
        _replaceAll();
        _exit(account);
        _again();
        vm.warp(START + DELAY + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IStakes.ExitNotDue.selector, account, uint64(START) + DELAY, 3, 4)
        );
        vm.prank(account);
        disputes.finishExit(account);

        disputes.showAbsence(account, _list(members));
        vm.prank(account);
        disputes.finishExit(account);
        vm.assertEq(disputes.creditOf(account), DEPOSIT);
    }

    function test_exit_memberAgain_startsAnew() public {
        address account = first[0].signer;
        Member[] memory others;
        _replaceAll();
        _exit(account);
        others = members;
        committee.startEpoch(first, _endpoints(4));
        vm.expectRevert(abi.encodeWithSelector(IStakes.StillMember.selector, account, 4));
        disputes.showAbsence(account, _list(first));
        // Nor can the epoch be passed over, or one be shown that has not started.
        vm.expectPartialRevert(IStakes.EpochMembersMismatch.selector);
        disputes.showAbsence(account, _list(others));
        _again();
        _again();
        vm.warp(START + 5 * DELAY);
        vm.expectPartialRevert(IStakes.EpochMembersMismatch.selector);
        disputes.showAbsence(account, _list(others));
        _exit(account);
        vm.warp(START + 6 * DELAY);
        vm.expectPartialRevert(IStakes.ExitNotDue.selector);
        vm.prank(account);
        disputes.finishExit(account);
        vm.warp(START + 6 * DELAY + 1);
        vm.prank(account);
        disputes.finishExit(account);
    }

    function test_showAbsence_ofFutureEpoch_reverts() public {
        _replaceAll();
        _exit(first[0].signer);
        vm.expectPartialRevert(IStakes.EpochMembersMismatch.selector);
        disputes.showAbsence(first[0].signer, _list(none));
    }

    function test_exit_disperser_onlyWithoutQuota() public {
        committee.setDisperser(DISPERSER, 5);
        _replaceAll();
        vm.expectRevert(abi.encodeWithSelector(IStakes.StillDisperser.selector, DISPERSER, 5));
        _exitOf(DISPERSER);
        committee.setDisperser(DISPERSER, 0);
        _exitOf(DISPERSER);
        committee.setDisperser(DISPERSER, 1);
        vm.warp(START + DELAY + 1);
        vm.expectRevert(abi.encodeWithSelector(IStakes.StillDisperser.selector, DISPERSER, 1));
        vm.prank(DISPERSER);
        disputes.finishExit(DISPERSER);
    }

    function _exitOf(address account) private {
        vm.prank(account);
        disputes.requestExit(account, members, members);
    }

    function test_exit_byAnother_reverts(address other) public {
        address account = first[0].signer;
        vm.assume(other != account);
        _replaceAll();
        vm.expectRevert(abi.encodeWithSelector(IStakes.NotOwner.selector, account, account, other));
        vm.prank(other);
        disputes.requestExit(account, members, members);
        _exit(account);
        vm.warp(START + DELAY + 1);
        vm.expectRevert(abi.encodeWithSelector(IStakes.NotOwner.selector, account, account, other));
        vm.prank(other);
        disputes.finishExit(account);
    }

    function test_exit_notRequested_reverts() public {
        address account = first[0].signer;
        vm.expectRevert(abi.encodeWithSelector(IStakes.ExitNotDue.selector, account, 0, 0, 1));
        vm.prank(account);
        disputes.finishExit(account);
    }

    function test_exit_twice_paysOnce() public {
        address account = first[0].signer;
        _replaceAll();
        _exit(account);
        vm.warp(START + DELAY + 1);
        vm.prank(account);
        disputes.finishExit(account);
        _deposit(account, 1 ether);
        vm.expectPartialRevert(IStakes.ExitNotDue.selector);
        vm.prank(account);
        disputes.finishExit(account);
        vm.assertEq(disputes.creditOf(account), DEPOSIT);
    }

    function test_withdraw_nothing_reverts(address account) public {
        vm.expectRevert(abi.encodeWithSelector(IStakes.NothingToWithdraw.selector, account));
        disputes.withdraw(account);
    }

    function test_withdraw_refused_keepsTheCredit() public {
        address refuser = address(new Refuser());
        _credit(refuser);
        vm.expectRevert(abi.encodeWithSelector(IStakes.WithdrawalRefused.selector, refuser, 1 ether));
        disputes.withdraw(refuser);
        vm.assertEq(disputes.creditOf(refuser), 1 ether);
    }

    function test_withdraw_reentrant_paysOnce() public {
        Greedy greedy = new Greedy(disputes);
        _credit(address(greedy));
        disputes.withdraw(address(greedy));
        vm.assertEq(address(greedy).balance, 1 ether);
        vm.assertEq(greedy.refusals(), 1);
        vm.assertEq(disputes.creditOf(address(greedy)), 0);
    }

    /// @dev Gives an account a credit of one ether the only way there is without a dispute.
    function _credit(address account) private {
        _replaceAll();
        _deposit(account, 1 ether);
        _exitOf(account);
        vm.warp(START + DELAY + 1);
        vm.prank(account);
        disputes.finishExit(account);
    }

    function test_constructor_termsInvalid_revert() public {
        for (uint256 i = 0; i < 6; i++) {
            Terms memory terms = _terms();
            if (i == 0) terms.window = 0;
            if (i == 1) terms.window = 365 days + 1;
            if (i == 2) terms.promiseSecondsMax = 0;
            if (i == 3) terms.promiseSecondsMax = 36_500 days + 1;
            if (i == 4) terms.bond = 1;
            if (i == 5) terms.treasury = address(0);
            vm.expectRevert(abi.encodeWithSelector(IStakes.TermsInvalid.selector, terms));
            _deployDisputes(terms);
        }
    }
}
