// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EpochMembers} from "../../src/types/EpochMembers.sol";
import {DisputesFixture} from "./DisputesFixture.sol";
import {Greedy, Refuser} from "./Receivers.sol";

/// @notice Accounts that deposit and leave whenever they like, while epochs start and dispersers come and go. What goes through
/// is also done to a model, which knows when each account could last sign.
contract Depositors is DisputesFixture {
    uint256 private constant DELAY = PROMISE + 5 * WINDOW;

    /// @dev The members of the two committees that take turns, and accounts of no committee.
    address[] public accounts;
    /// @dev Who may own a deposit.
    address[] public owners;

    mapping(address account => uint256) public deposits;
    mapping(address owner => uint256) public credits;
    /// @dev The last second in which the account was in one of the two epochs that nodes sign for, or had a quota.
    mapping(address account => uint256) private signedAt;
    mapping(address account => uint256) private requestedAt;
    uint256 public paidIn;
    uint256 public paidOut;
    uint256 public exits;
    uint256 public refusals;

    constructor() {
        setUp();
    }

    function setUp() public override {
        super.setUp();
        _startEpoch(_ones(4));
        for (uint256 epoch = 1; epoch <= 2; epoch++) {
            EpochMembers memory of_ = _membersOf(epoch);
            for (uint256 i = 0; i < 4; i++) {
                accounts.push(of_.members[i].signer);
                deposits[of_.members[i].signer] = disputes.depositOf(of_.members[i].signer);
                paidIn += deposits[of_.members[i].signer];
            }
        }
        accounts.push(DISPERSER);
        accounts.push(ANYBODY);
        deposits[DISPERSER] = DEPOSIT;
        paidIn += DEPOSIT;
        owners = [OWNER, address(new Refuser()), address(new Greedy(disputes))];
        _touch();
    }

    function accountsLength() external view returns (uint256) {
        return accounts.length;
    }

    function ownersLength() external view returns (uint256) {
        return owners.length;
    }

    function held() external view returns (uint256) {
        return address(disputes).balance;
    }

    function depositOf(address account) external view returns (uint256) {
        return disputes.depositOf(account);
    }

    function creditOf(address account) external view returns (uint256) {
        return disputes.creditOf(account);
    }

    /// @dev Remembers of every account that can sign that it can do so now.
    function _touch() private {
        uint32 epoch = committee.currentEpoch();
        for (uint256 i = 0; i < accounts.length; i++) {
            bool signs = committee.disperserQuota(accounts[i]) != 0 || _isIn(accounts[i], epoch)
                || _isIn(accounts[i], epoch - 1);
            if (signs) signedAt[accounts[i]] = block.timestamp;
        }
    }

    function _isIn(address account, uint32 epoch) private view returns (bool) {
        EpochMembers memory of_ = _membersOf(epoch);
        for (uint256 i = 0; i < of_.members.length; i++) {
            if (of_.members[i].signer == account) return true;
        }
        return false;
    }

    function _any(uint256 seed) private view returns (address) {
        return accounts[seed % accounts.length];
    }

    function deposit(uint256 seed, uint256 amount, bool withName) external {
        address account = _any(seed);
        amount = _bound(amount, 1, 10 ether);
        address owner = disputes.ownerOf(account);
        if (owner == address(0) && withName) {
            vm.deal(account, amount);
            vm.prank(account);
            disputes.nameOwner{value: amount}(owners[seed / 16 % owners.length]);
        } else {
            address expected = seed % 32 == 0 ? owners[0] : owner;
            vm.deal(address(this), amount);
            try disputes.deposit{value: amount}(account, expected) {
                require(owner != address(0) && owner == expected, "deposited without the named owner");
            } catch {
                require(owner == address(0) || owner != expected, "a deposit is refused");
                refusals++;
                return;
            }
        }
        deposits[account] += amount;
        paidIn += amount;
    }

    function requestExit(uint256 seed) external {
        address account = _any(seed);
        uint32 epoch = committee.currentEpoch();
        EpochMembers memory current = _membersOf(epoch);
        EpochMembers memory previous = _membersOf(epoch - 1);
        bool signs =
            committee.disperserQuota(account) != 0 || _isIn(account, epoch) || _isIn(account, epoch - 1);
        address owner = disputes.ownerOf(account);
        vm.prank(owner == address(0) ? account : owner);
        try disputes.requestExit(account, current, previous) {
            require(!signs && owner != address(0), "an exit starts while the account signs");
            requestedAt[account] = block.timestamp;
        } catch {
            require(signs || owner == address(0), "an exit is refused");
            refusals++;
        }
    }

    function showAbsence(uint256 seed) external {
        address account = _any(seed);
        (,, uint32 through) = disputes.exitOf(account);
        if (through == 0 || through == committee.currentEpoch()) return;
        EpochMembers[] memory next = new EpochMembers[](1);
        next[0] = _membersOf(through + 1);
        bool isIn = _isIn(account, through + 1);
        try disputes.showAbsence(account, next) {
            require(!isIn, "a member is absent");
        } catch {
            require(isIn, "an absence is refused");
            refusals++;
        }
    }

    function finishExit(uint256 seed) external {
        address account = _any(seed);
        address owner = disputes.ownerOf(account);
        vm.prank(owner == address(0) ? account : owner);
        try disputes.finishExit(account) {
            uint256 since = requestedAt[account];
            require(since != 0 && block.timestamp > since + DELAY, "left before the delay");
            // In the second of the request the account may have signed before it.
            require(signedAt[account] <= since, "left although it could sign since");
            credits[owner] += deposits[account];
            deposits[account] = 0;
            requestedAt[account] = 0;
            exits++;
        } catch {
            refusals++;
        }
    }

    function withdraw(uint256 seed) external {
        address owner = owners[seed % owners.length];
        uint256 amount = credits[owner];
        uint256 before = owner.balance;
        try disputes.withdraw(owner) {
            require(amount > 0 && owner.balance - before == amount, "paid another amount");
            credits[owner] = 0;
            paidOut += amount;
        } catch {
            require(amount == 0 || owner == owners[1], "a credit is not paid");
        }
    }

    function nextEpoch(uint256 seed) external {
        if (seed % 4 != 0 || committee.currentEpoch() > 20) return;
        // Either committee again, or four that have no deposit.
        if (seed % 8 == 0) _startEpoch(_ones(4));
        else _startAgain(1 + seed / 8 % 2);
        _touch();
    }

    /// @dev The members of an earlier epoch sign again; the fixture's keys are no longer theirs, and nothing is signed here.
    function _startAgain(uint256 epoch) private {
        EpochMembers memory of_ = _membersOf(epoch);
        delete members;
        for (uint256 i = 0; i < of_.members.length; i++) {
            members.push(of_.members[i]);
        }
        _startSame();
    }

    function setDisperser(uint256 seed) external {
        committee.setDisperser(_any(seed), seed / 16 % 3 == 0 ? 1 : 0);
        _touch();
    }

    function wait(uint256 time) external {
        _touch();
        vm.warp(block.timestamp + (time % 4 == 0 ? DELAY + 1 : _bound(time, 1, 2 days)));
        _touch();
    }
}
