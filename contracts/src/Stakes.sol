// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "./interfaces/ICommittee.sol";
import {IStakes} from "./interfaces/IStakes.sol";
import {Quorum} from "./libraries/Quorum.sol";
import {Member} from "./types/Member.sol";
import {Terms} from "./types/Terms.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title What operators and dispersers have to lose
/// @notice The part of {Disputes} that holds ether. L1 cannot see what was signed off chain, so an account leaves only when
/// nothing that it may honestly have signed can be disputed any more.
abstract contract Stakes is IStakes {
    uint256 private constant WINDOW_SECONDS_MAX = 365 days;
    uint256 private constant PROMISE_SECONDS_MAX = 36_500 days;

    struct Account {
        address owner;
        uint96 deposit;
        uint64 unlockAt;
        uint32 absentThrough;
    }

    /// @inheritdoc IStakes
    ICommittee public immutable committee;

    /// @inheritdoc IStakes
    uint64 public immutable window;

    /// @inheritdoc IStakes
    uint64 public immutable promiseSecondsMax;

    /// @inheritdoc IStakes
    address public immutable treasury;

    /// @inheritdoc IStakes
    mapping(address account => uint256) public creditOf;

    mapping(address account => Account) private _accounts;

    constructor(ICommittee committee_, Terms memory terms) {
        bool valid = terms.window > 0 && terms.window <= WINDOW_SECONDS_MAX && terms.promiseSecondsMax > 0
            && terms.promiseSecondsMax <= PROMISE_SECONDS_MAX && terms.bond > 1
            && terms.treasury != address(0);
        if (!valid) revert TermsInvalid(terms);
        committee = committee_;
        window = terms.window;
        promiseSecondsMax = terms.promiseSecondsMax;
        treasury = terms.treasury;
    }

    /// @inheritdoc IStakes
    function deposit(address account) external payable {
        if (account == address(0) || msg.value == 0) revert DepositInvalid(account, msg.value);
        // 2^96 wei is six hundred times the supply of ether.
        _accounts[account].deposit += uint96(msg.value);
        emit Deposited(account, msg.value);
    }

    /// @inheritdoc IStakes
    function nameOwner(address owner) external {
        Account storage account = _accounts[msg.sender];
        if (owner == address(0) || account.owner != address(0)) revert OwnerInvalid(msg.sender, owner);
        account.owner = owner;
        emit OwnerNamed(msg.sender, owner);
    }

    /// @inheritdoc IStakes
    function requestExit(address account, Member[] calldata current, Member[] calldata previous) external {
        _checkOwner(account);
        _checkNoDisperser(account);
        uint32 epoch = committee.currentEpoch();
        // Nodes sign for the current epoch and the one before (design §4); 0 is no epoch.
        if (epoch > 0) _checkAbsent(account, epoch, current);
        if (epoch > 1) _checkAbsent(account, epoch - 1, previous);

        // The longest promise, a window to answer, and another window in which any account may call {IDisputes.expire}.
        uint64 unlockAt = uint64(block.timestamp) + promiseSecondsMax + 2 * window;
        _accounts[account].unlockAt = unlockAt;
        _accounts[account].absentThrough = epoch;
        emit ExitRequested(account, unlockAt);
    }

    /// @inheritdoc IStakes
    function showAbsence(address account, Member[][] calldata next) external {
        uint32 epoch = _accounts[account].absentThrough;
        for (uint256 i = 0; i < next.length; i++) {
            _checkAbsent(account, ++epoch, next[i]);
        }
        _accounts[account].absentThrough = epoch;
    }

    /// @inheritdoc IStakes
    function finishExit(address account) external {
        _checkOwner(account);
        _checkNoDisperser(account);
        Account memory left = _accounts[account];
        uint32 epoch = committee.currentEpoch();
        if (left.unlockAt == 0 || block.timestamp <= left.unlockAt || left.absentThrough != epoch) {
            revert ExitNotDue(account, left.unlockAt, left.absentThrough, epoch);
        }

        // The owner stays: an exit must not make the holder of the account's key its owner.
        _accounts[account] = Account({owner: left.owner, deposit: 0, unlockAt: 0, absentThrough: 0});
        emit Left(account, msg.sender, left.deposit);
        _credit(msg.sender, left.deposit);
    }

    /// @inheritdoc IStakes
    function withdraw(address account) external {
        uint256 amount = creditOf[account];
        if (amount == 0) revert NothingToWithdraw(account);
        creditOf[account] = 0;
        emit Withdrawn(account, amount);
        (bool taken,) = account.call{value: amount}("");
        if (!taken) revert WithdrawalRefused(account, amount);
    }

    /// @inheritdoc IStakes
    function depositOf(address account) external view returns (uint256) {
        return _accounts[account].deposit;
    }

    /// @inheritdoc IStakes
    function ownerOf(address account) public view returns (address) {
        address owner = _accounts[account].owner;
        return owner == address(0) ? account : owner;
    }

    /// @inheritdoc IStakes
    function exitOf(address account) external view returns (uint64 unlockAt, uint32 absentThrough) {
        return (_accounts[account].unlockAt, _accounts[account].absentThrough);
    }

    /// @dev Takes an amount, or what is left, from the deposit of the account at fault. At most half goes to the
    /// account that showed the fault: an account that has itself fined, through another, still loses the rest.
    function _fine(address account, uint256 amount, address beneficiary) internal {
        uint256 paid = Math.min(amount, _accounts[account].deposit);
        if (paid == 0) return;
        _accounts[account].deposit -= uint96(paid);
        emit Fined(account, beneficiary, paid);
        _share(paid, beneficiary);
    }

    /// @dev Half to the beneficiary, the rest to the treasury.
    function _share(uint256 amount, address beneficiary) internal {
        uint256 half = amount / 2;
        _credit(beneficiary, half);
        _credit(treasury, amount - half);
    }

    function _credit(address account, uint256 amount) internal {
        if (amount == 0) return;
        creditOf[account] += amount;
        emit Credited(account, amount);
    }

    function _checkOwner(address account) private view {
        address owner = ownerOf(account);
        if (owner != msg.sender) revert NotOwner(account, owner, msg.sender);
    }

    function _checkNoDisperser(address account) private view {
        uint64 quota = committee.disperserQuota(account);
        if (quota != 0) revert StillDisperser(account, quota);
    }

    function _checkAbsent(address account, uint32 epoch, Member[] calldata members) private view {
        bytes32 expected = committee.committeeRoot(epoch);
        bytes32 received = Quorum.membersHash(members);
        // An epoch that has not started has the root zero, which nothing hashes to.
        if (received != expected) revert EpochMembersMismatch(epoch, expected, received);
        for (uint256 i = 0; i < members.length; i++) {
            if (members[i].signer == account) revert StillMember(account, epoch);
        }
    }
}
