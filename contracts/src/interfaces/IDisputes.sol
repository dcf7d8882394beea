// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line} from "../types/Line.sol";
import {Member} from "../types/Member.sol";
import {Position} from "../types/Position.sol";
import {ILedger} from "./ILedger.sol";
import {IStakes} from "./IStakes.sol";

/// @title Whether a certified header stands, and what its batch says
/// @notice Guarantees:
/// - A header is found by its certificate alone: nothing depends on what was posted before, nor on who asks.
/// - A header whose encoding is valid is never disproved, and one whose chunks are shown in time is never withheld.
/// - Every root that is no batch's can be disproved with its chunks, or becomes invalid by a challenge if they are not shown.
/// - An operator is fined only over a pair that it attested to hold and that was not opened in the window.
/// - Nothing here has an owner, can be paused, or changes its terms.
interface IDisputes is IStakes {
    /// @notice The Ledger has no code, so that it could never answer.
    error LedgerWithoutCode(address ledger);

    /// @notice The certificate does not hold (protocol §5).
    error CertificateInvalid();

    /// @notice The header is invalid already, in the way that was to be shown.
    error AlreadyInvalid(bytes32 digest, uint8 faults);

    /// @notice The header is invalid: it has no bytes to read.
    error HeaderInvalid(bytes32 digest, uint8 faults);

    /// @notice A challenge costs the bond exactly.
    error BondInvalid(uint256 expected, uint256 received);

    /// @notice The promise to keep the batch has ended.
    error PromiseOver(uint64 expiry, uint256 timestamp);

    /// @notice The encoded batch has no such chunk.
    error PositionOutside(Position position);

    /// @notice The same challenge is open.
    error AlreadyChallenged(bytes32 id, uint48 deadline);

    /// @notice No such challenge is open.
    error NotChallenged(bytes32 id);

    /// @notice The window is over: the challenge can only expire.
    error TooLate(uint48 deadline, uint256 timestamp);

    /// @notice The window is not over.
    error TooEarly(uint48 deadline, uint256 timestamp);

    /// @notice A line has an index of its side and k + 1 points below n (protocol §7.2).
    error LineInvalid(Line line);

    /// @notice A part contains at least one opening, and no more than are missing.
    error OpeningsCountInvalid(uint256 missing, uint256 received);

    /// @notice The opening is not where the evidence needs it.
    error OpeningMisplaced(uint256 index);

    /// @notice The byte is not in the chunk.
    error ByteOutside(uint256 byteIndex, uint256 chunkBytes);

    /// @notice What was shown contradicts nothing.
    error NoContradiction();

    /// @notice A challenge asks for a chunk.
    /// @param holder The operator that attested to hold it, or zero if the pair's holder did not sign.
    /// @param deadline The last second in which it can be shown.
    /// @param header The packed header, which is all that an answer needs beyond the chunk.
    event Challenged(
        bytes32 indexed digest,
        address indexed challenger,
        address indexed holder,
        Position position,
        uint48 deadline,
        bytes header
    );

    /// @notice A chunk was shown.
    event Answered(
        bytes32 indexed digest, address indexed challenger, address indexed answerer, Position position
    );

    /// @notice A chunk was not shown in time.
    event Expired(bytes32 indexed digest, address indexed challenger, Position position);

    /// @notice A header has a fault that it did not have before.
    /// @param faults All that it has now: 1 withheld, 2 inconsistent.
    event Invalidated(bytes32 indexed digest, uint8 faults);

    /// @notice Asks for a chunk of a certified batch, with a bond.
    /// @param certificate Holds, and its header has not expired.
    /// @param members The members of the header's epoch.
    /// @param position Which chunk.
    function challenge(bytes calldata certificate, Member[] calldata members, Position calldata position)
        external
        payable;

    /// @notice Shows a chunk that was asked for. Any account can, until the deadline, for half of the bond.
    /// @param header The packed header.
    /// @param challenger Who asked.
    /// @param opening The opening of the chunk. It says which.
    function answer(bytes calldata header, address challenger, bytes calldata opening) external;

    /// @notice Ends a challenge without an answer. Any account can, after the deadline.
    /// @param digest The header's digest.
    /// @param challenger Who asked.
    /// @param position Which chunk.
    function expire(bytes32 digest, address challenger, Position calldata position) external;

    /// @notice Shows that symbols of a row or a column are of no codeword, in one part or several.
    /// @param certificate Holds.
    /// @param members The members of the header's epoch.
    /// @param line Which byte of which symbols.
    /// @param openings Of the next points of the line, in ascending order. Parts before this one contained those below.
    /// @return decided Whether this was the last part, and the header is now invalid.
    function disproveParity(
        bytes calldata certificate,
        Member[] calldata members,
        Line calldata line,
        bytes[] calldata openings
    ) external returns (bool decided);

    /// @notice Shows that a symbol is not the same in its row and in its column.
    /// @param certificate Holds.
    /// @param members The members of the header's epoch.
    /// @param row The opening of any chunk of the symbol, under its row i < r.
    /// @param column The opening of any chunk of the symbol, under its column j < c.
    function disproveSymbol(
        bytes calldata certificate,
        Member[] calldata members,
        bytes calldata row,
        bytes calldata column
    ) external;

    /// @notice Shows that the padding of a batch is not zero.
    /// @param certificate Holds.
    /// @param members The members of the header's epoch.
    /// @param opening The opening of a chunk with padding, under a row i < r.
    /// @param byteIndex A byte of it, past the length of the batch.
    function disprovePadding(
        bytes calldata certificate,
        Member[] calldata members,
        bytes calldata opening,
        uint16 byteIndex
    ) external;

    /// @notice The bytes offset … min(offset + 32, length) of a batch.
    /// @param certificate Holds, and its header is not invalid.
    /// @param members The members of the header's epoch.
    /// @param offset A multiple of 32 below the length.
    /// @param opening The opening of the chunk they are in, under its row.
    function read(
        bytes calldata certificate,
        Member[] calldata members,
        uint256 offset,
        bytes calldata opening
    ) external view returns (bytes memory);

    /// @notice Whether a header has any fault. Once invalid, always invalid.
    function isInvalid(bytes32 digest) external view returns (bool);

    /// @notice The faults of a header: 1 withheld, 2 inconsistent, 3 both, 0 none that was shown.
    function faultsOf(bytes32 digest) external view returns (uint8);

    /// @notice A challenge by its id (protocol §7.1).
    /// @return holder The operator that is fined if it expires, or zero.
    /// @return deadline The last second in which it can be answered, or 0 if it is not open.
    /// @return shards n, for the header's epoch.
    function challengeOf(bytes32 id) external view returns (address holder, uint48 deadline, uint8 shards);

    /// @notice How far evidence in parts is, by the id of its claim (protocol §7.2).
    /// @return count How many points it contains so far.
    /// @return sum What they sum to.
    function progressOf(bytes32 claim) external view returns (uint8 count, uint8 sum);

    /// @notice The contract whose certificates count.
    function ledger() external view returns (ILedger);

    /// @notice Wei that a challenger pays for a challenge, lost if the challenge is answered.
    function bond() external view returns (uint96);

    /// @notice Wei that an operator's deposit loses over one header that it withheld.
    function operatorFine() external view returns (uint96);

    /// @notice Wei that a disperser's deposit loses over one header that is no batch's.
    function disperserFine() external view returns (uint96);
}
