// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "./interfaces/ICommittee.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {IStakes} from "./interfaces/IStakes.sol";
import {FairTerms} from "./libraries/FairTerms.sol";
import {Members} from "./libraries/Members.sol";
import {EpochMembers} from "./types/EpochMembers.sol";
import {Member} from "./types/Member.sol";
import {Terms} from "./types/Terms.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title What operators and dispersers have to lose
/// @notice The part of {Disputes} that holds ether. L1 cannot see what was signed off chain, so an account leaves only when
/// nothing that it may honestly have signed can be disputed any more.
abstract contract Stakes is IStakes {
    struct Account {
        address owner;
        uint96 deposit;
        uint64 requestedAt;
        uint64 unlockAt;
        uint32 absentThrough;
    }

    /// @inheritdoc IStakes
    ICommittee public immutable committee;

    /// @inheritdoc IStakes
    uint64 public immutable window;

    /// @inheritdoc IStakes
    uint64 public immutable promiseSeconds;

    /// @inheritdoc IStakes
    uint96 public immutable operatorDepositMin;

    /// @inheritdoc IStakes
    uint96 public immutable disperserDepositMin;

    /// @inheritdoc IStakes
    address public immutable treasury;

    /// @inheritdoc IStakes
    mapping(address account => uint256) public creditOf;

    mapping(address account => Account) private _accounts;

    constructor(ILedger ledger_, Terms memory terms) {
        if (address(ledger_).code.length == 0) revert LedgerWithoutCode(address(ledger_));
        uint64 noticeSeconds = ledger_.noticeSeconds();
        if (!FairTerms.areFair(terms, ledger_.shards(), noticeSeconds)) {
            revert TermsInvalid(terms, noticeSeconds);
        }
        committee = ledger_.committee();
        promiseSeconds = ledger_.promiseSeconds();
        window = terms.window;
        operatorDepositMin = terms.operatorDepositMin;
        disperserDepositMin = terms.disperserDepositMin;
        treasury = terms.treasury;
    }

    /// @inheritdoc IStakes
    function nameOwner(address owner) external payable {
        Account storage account = _accounts[msg.sender];
        if (owner == address(0) || account.owner != address(0)) revert OwnerInvalid(msg.sender, owner);
        account.owner = owner;
        emit OwnerNamed(msg.sender, owner);
        if (msg.value > 0) _deposit(msg.sender);
    }

    /// @inheritdoc IStakes
    function deposit(address account, address owner) external payable {
        address named = _accounts[account].owner;
        // Without a named owner, the key that signs every day could name one and take the deposit.
        if (owner == address(0) || owner != named) revert NotOwner(account, named, owner);
        if (msg.value == 0) revert DepositZero(account);
        _deposit(account);
    }

    /// @inheritdoc IStakes
    function requestExit(address account, EpochMembers calldata current, EpochMembers calldata previous)
        external
    {
        _checkOwner(account);
        _checkNoDisperser(account);
        uint32 epoch = committee.currentEpoch();
        // Nodes sign for the current epoch and the one before (design §4); 0 is no epoch.
        if (epoch > 0) _checkAbsent(account, epoch, current);
        if (epoch > 1) _checkAbsent(account, epoch - 1, previous);

        // A window in which nodes may not have seen yet that the account can no longer sign, the longest promise, and windows to
        // answer, to expire, to fine the holder and to fine the disperser (protocol §7.6).
        uint64 unlockAt = uint64(block.timestamp) + promiseSeconds + 5 * window;
        Account storage left = _accounts[account];
        left.requestedAt = uint64(block.timestamp);
        left.unlockAt = unlockAt;
        left.absentThrough = epoch;
        emit ExitRequested(account, unlockAt);
    }

    /// @inheritdoc IStakes
    function showAbsence(address account, EpochMembers[] calldata next) external {
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
        // A quota that came and went since the request let the account sign again.
        uint64 changedAt = committee.registrationChangedAt(account);
        if (changedAt >= left.requestedAt) revert SignedSince(account, left.requestedAt, changedAt);

        // The owner stays: an exit must not make the holder of the account's key its owner.
        _accounts[account] =
            Account({owner: left.owner, deposit: 0, requestedAt: 0, unlockAt: 0, absentThrough: 0});
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
    function ownerOf(address account) external view returns (address) {
        return _accounts[account].owner;
    }

    /// @inheritdoc IStakes
    function exitOf(address account)
        external
        view
        returns (uint64 requestedAt, uint64 unlockAt, uint32 absentThrough)
    {
        Account storage left = _accounts[account];
        return (left.requestedAt, left.unlockAt, left.absentThrough);
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

    function _deposit(address account) private {
        // 2^96 wei is six hundred times the supply of ether.
        _accounts[account].deposit += uint96(msg.value);
        emit Deposited(account, msg.value);
    }

    function _checkOwner(address account) private view {
        address owner = _accounts[account].owner;
        if (owner != msg.sender) revert NotOwner(account, owner, msg.sender);
    }

    function _checkNoDisperser(address account) private view {
        uint64 quota = committee.disperserQuota(account);
        if (quota != 0) revert StillDisperser(account, quota);
    }

    function _checkAbsent(address account, uint32 epoch, EpochMembers calldata epochMembers) private view {
        bytes32 expected = committee.committeeRoot(epoch);
        bytes32 received = Members.rootOf(epochMembers);
        // An epoch that has not started has the root zero, which nothing hashes to.
        if (received != expected) revert MembersMismatch(epoch, expected, received);
        Member[] calldata members = epochMembers.members;
        for (uint256 i = 0; i < members.length; i++) {
            if (members[i].signer == account) revert StillMember(account, epoch);
        }
    }
}
