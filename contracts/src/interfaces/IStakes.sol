// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Member} from "../types/Member.sol";
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
    /// @notice Terms under which nothing could be disputed, or no account could ever leave.
    error TermsInvalid(Terms terms);

    /// @notice A deposit is more than nothing, for an account that is not zero.
    error DepositInvalid(address account, uint256 amount);

    /// @notice An account names an owner once, and never the zero address.
    error OwnerInvalid(address account, address owner);

    /// @notice Only the account's owner can do this.
    error NotOwner(address account, address owner, address sender);

    /// @notice The members given are not those of the epoch.
    error EpochMembersMismatch(uint32 epoch, bytes32 expected, bytes32 received);

    /// @notice The account signs for this epoch.
    error StillMember(address account, uint32 epoch);

    /// @notice The account is registered as a disperser.
    error StillDisperser(address account, uint64 quotaBytes);

    /// @notice No exit of the account has started, or it is not yet time, or epochs remain to be shown.
    error ExitNotDue(address account, uint64 unlockAt, uint32 absentThrough, uint32 currentEpoch);

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

    /// @notice Adds to a deposit. Any account can, for any account.
    /// @param account The key that signs: a member's signer, or a header's disperser.
    function deposit(address account) external payable;

    /// @notice Names, once, who may take the sender's deposit out, so that a key that signs every day and is destroyed in
    /// the end has no power over money. An account without a named owner is its own owner.
    function nameOwner(address owner) external;

    /// @notice Starts an account's exit, or starts it again. Only its owner can, and only while it can sign for nothing:
    /// it is in neither of the two epochs that nodes sign for, and no disperser.
    /// @param account The account that leaves.
    /// @param current The members of the current epoch; none before the first.
    /// @param previous The members of the epoch before it; none before the second.
    function requestExit(address account, Member[] calldata current, Member[] calldata previous) external;

    /// @notice Shows that an account whose exit has started is in none of the epochs since then. Any account can.
    /// @param account The account that leaves.
    /// @param next The members of the epochs after those already shown, one after another: any number of them.
    function showAbsence(address account, Member[][] calldata next) external;

    /// @notice Turns the deposit of an account whose exit is due into credit of its owner. Only the owner can.
    function finishExit(address account) external;

    /// @notice Pays an account all of its credit. Any account can.
    function withdraw(address account) external;

    /// @notice Wei that an account has to lose.
    function depositOf(address account) external view returns (uint256);

    /// @notice Who may take an account's deposit out.
    function ownerOf(address account) external view returns (address);

    /// @notice Wei that an account may withdraw.
    function creditOf(address account) external view returns (uint256);

    /// @notice How far an account's exit is.
    /// @return unlockAt When it may leave, in unix seconds; 0 if no exit was requested.
    /// @return absentThrough The last epoch that it was shown not to be in.
    function exitOf(address account) external view returns (uint64 unlockAt, uint32 absentThrough);

    /// @notice The contract whose epochs and dispersers count.
    function committee() external view returns (ICommittee);

    /// @notice Seconds of L1 time in which a challenge can be answered.
    function window() external view returns (uint64);

    /// @notice The longest that nodes promise to keep a batch, in seconds from the moment they sign.
    function promiseSecondsMax() external view returns (uint64);

    /// @notice Where half of every bond and fine goes.
    function treasury() external view returns (address);
}
