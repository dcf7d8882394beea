// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EpochMembers} from "../types/EpochMembers.sol";
import {Terms} from "../types/Terms.sol";
import {ICommittee} from "./ICommittee.sol";

/// @title What operators and dispersers have to lose
/// @notice Guarantees:
/// - Every wei that came in is in one deposit, one credit or one open bond, until its owner takes it out.
/// - A deposit stays for as long as anything that its account may honestly have signed can be disputed, and a fine takes
///   from the deposit of the account at fault and from no other.
/// - Payments are credits: a receiver that reverts stops only its own payment.
/// - No account has special rights here, with one exception: an account that the committee's owner keeps in the committee,
///   or keeps registered as a disperser, cannot leave.
interface IStakes {
    /// @notice The Ledger has no code, so that it could never answer.
    error LedgerWithoutCode(address ledger);

    /// @notice Terms that are not fair, or under which no account could ever leave (protocol §7).
    error TermsInvalid(Terms terms, uint64 noticeSeconds);

    /// @notice A deposit is more than nothing.
    error DepositZero(address account);

    /// @notice An account names an owner once, and never the zero address.
    error OwnerInvalid(address account, address owner);

    /// @notice Only the account's named owner can do this, or it is not the owner that the depositor expects.
    error NotOwner(address account, address owner, address sender);

    /// @notice The members given are not those of the epoch.
    error MembersMismatch(uint32 epoch, bytes32 expected, bytes32 received);

    /// @notice The account signs for this epoch.
    error StillMember(address account, uint32 epoch);

    /// @notice The account is registered as a disperser.
    error StillDisperser(address account, uint64 quotaBytes);

    /// @notice No exit of the account has started, or it is not yet time, or epochs remain to be shown.
    error ExitNotDue(address account, uint64 unlockAt, uint32 absentThrough, uint32 currentEpoch);

    /// @notice The account could sign again after it asked to leave: its exit has to start anew.
    error SignedSince(address account, uint64 requestedAt, uint64 changedAt);

    /// @notice There is nothing to withdraw.
    error NothingToWithdraw(address account);

    /// @notice The account does not take its credit.
    error WithdrawalRefused(address account, uint256 amount);

    /// @notice Ether was added to an account's deposit.
    event Deposited(address indexed account, uint256 amount);

    /// @notice An account named who may take its deposit out.
    event OwnerNamed(address indexed account, address indexed owner);

    /// @notice An account's exit has started.
    event ExitRequested(address indexed account, uint64 unlockAt);

    /// @notice A deposit became credit of its owner.
    event Left(address indexed account, address indexed owner, uint256 amount);

    /// @notice An account's deposit lost an amount: half to the beneficiary, the rest to the treasury.
    event Fined(address indexed account, address indexed beneficiary, uint256 amount);

    /// @notice An account may withdraw that much more.
    event Credited(address indexed account, uint256 amount);

    /// @notice An account was paid its credit.
    event Withdrawn(address indexed account, uint256 amount);

    /// @notice Names, once, who may take the sender's deposit out, so that a key that signs every day and is destroyed in
    /// the end has no power over money. A value that comes along is the account's first deposit.
    function nameOwner(address owner) external payable;

    /// @notice Adds to a deposit. Any account can, for any account that has named an owner.
    /// @param account The key that signs: a member's signer, or a header's disperser.
    /// @param owner The owner that the depositor expects the account to have named.
    function deposit(address account, address owner) external payable;

    /// @notice Starts an account's exit, or starts it again. Only its owner can, and only while it can sign for nothing:
    /// it is in neither of the two epochs that nodes sign for, and no disperser.
    /// @param account The account that leaves.
    /// @param current The members of the current epoch; none before the first.
    /// @param previous The members of the epoch before it; none before the second.
    function requestExit(address account, EpochMembers calldata current, EpochMembers calldata previous)
        external;

    /// @notice Shows that an account whose exit has started is in none of the epochs since then. Any account can.
    /// @param account The account that leaves.
    /// @param next The members of the epochs after those already shown, one after another: any number of them.
    function showAbsence(address account, EpochMembers[] calldata next) external;

    /// @notice Turns the deposit of an account whose exit is due into credit of its owner. Only the owner can.
    function finishExit(address account) external;

    /// @notice Pays an account all of its credit. Any account can.
    function withdraw(address account) external;

    /// @notice Wei that an account has to lose.
    function depositOf(address account) external view returns (uint256);

    /// @notice Who may take an account's deposit out; 0 if the account has named no owner.
    function ownerOf(address account) external view returns (address);

    /// @notice Wei that an account may withdraw.
    function creditOf(address account) external view returns (uint256);

    /// @notice How far an account's exit is.
    /// @return requestedAt When the exit was requested, in unix seconds; 0 if it was not.
    /// @return unlockAt When it may leave.
    /// @return absentThrough The last epoch that it was shown not to be in.
    function exitOf(address account)
        external
        view
        returns (uint64 requestedAt, uint64 unlockAt, uint32 absentThrough);

    /// @notice The contract whose epochs and dispersers count.
    function committee() external view returns (ICommittee);

    /// @notice Seconds of L1 time in which a challenge can be answered.
    function window() external view returns (uint64);

    /// @notice The longest promise of the Ledger, in seconds from its post.
    function promiseSeconds() external view returns (uint64);

    /// @notice Wei that an operator should have at stake. Nothing here enforces it: operators and readers look at it.
    function operatorDepositMin() external view returns (uint96);

    /// @notice Wei that a disperser should have at stake. Storage nodes sign for no disperser with less.
    function disperserDepositMin() external view returns (uint96);

    /// @notice Where half of every bond and fine goes.
    function treasury() external view returns (address);
}
