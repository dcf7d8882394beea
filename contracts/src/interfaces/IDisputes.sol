// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Attested} from "../types/Attested.sol";
import {EpochMembers} from "../types/EpochMembers.sol";
import {Line} from "../types/Line.sol";
import {Position} from "../types/Position.sol";
import {ILedger} from "./ILedger.sol";
import {IStakes} from "./IStakes.sol";

/// @title Whether a posted header is invalid, who pays for it, and what its batch says
/// @notice Guarantees:
/// - Only headers that stand posted are disputed, and a header's fate is settled by its expiry and two windows at the latest.
/// - A header whose encoding is valid is never disproved, and one whose chunks are shown in time is never withheld.
/// - Every root that is no batch's can be disproved with its chunks, or becomes invalid by a challenge if they are not shown.
/// - An account is fined only over what its own signature promised, once a pair or once a header, and an operator that holds what
///   it signed and answers in the window loses nothing.
/// - A chunk is shown on L1 at most once, however many accounts ask for it and however often.
/// - Nothing here has an owner, can be paused, or changes its terms.
interface IDisputes is IStakes {
    /// @notice The header does not stand posted (protocol §6.2).
    error NotPosted(bytes32 digest);

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

    /// @notice The position has an open challenge.
    error AlreadyChallenged(bytes32 id, uint48 deadline);

    /// @notice The chunk was shown: it is in the Answered event.
    error AlreadyAnswered(bytes32 id);

    /// @notice The position has no open challenge.
    error NotChallenged(bytes32 id);

    /// @notice The time for this is over.
    error TooLate(uint256 until, uint256 timestamp);

    /// @notice The time for this has not come.
    error TooEarly(uint256 until, uint256 timestamp);

    /// @notice The pair did not expire, or the header is not inconsistent.
    error NotAtFault(bytes32 digest);

    /// @notice This fault was paid for.
    error AlreadyFined(bytes32 digest);

    /// @notice The signature is not the account's, so it pays nothing.
    error NotSigned(address account, bytes32 digest);

    /// @notice An index and a path show a header: at most 9 hashes, and the index below 2^(hashes).
    error PlaceInvalid(uint256 index, uint256 pathBytes);

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
    /// @param deadline The last second in which it can be shown.
    /// @param header The packed header, which is all that an answer needs beyond the chunk.
    event Challenged(
        bytes32 indexed digest, address indexed challenger, Position position, uint48 deadline, bytes header
    );

    /// @notice A chunk was shown.
    /// @param chunk Its bytes, which lead to the header's root.
    event Answered(bytes32 indexed digest, address indexed answerer, Position position, bytes chunk);

    /// @notice A chunk was not shown in time.
    /// @param header The packed header, which names who can be fined.
    event Expired(bytes32 indexed digest, address indexed challenger, Position position, bytes header);

    /// @notice A challenge that no account expired in time ended without a verdict.
    event Reclaimed(bytes32 indexed digest, address indexed challenger, Position position);

    /// @notice A header has a fault that it did not have before.
    /// @param faults All that it has now: 1 withheld, 2 inconsistent.
    event Invalidated(bytes32 indexed digest, uint8 faults);

    /// @notice Asks for a chunk of a posted batch, with a bond.
    /// @param header The packed header, which stands posted.
    /// @param index Its position under a posted headersRoot.
    /// @param path The sibling hashes from its digest up.
    /// @param position Which chunk.
    function challenge(bytes calldata header, uint256 index, bytes calldata path, Position calldata position)
        external
        payable;

    /// @notice Shows a chunk that was asked for. Any account can, until the deadline, for half of the bond.
    /// @param header The packed header.
    /// @param opening The opening of the chunk. It says which.
    function answer(bytes calldata header, bytes calldata opening) external;

    /// @notice Ends a challenge without an answer, and the header is withheld. Any account can, in the window after the deadline.
    /// @param header The packed header.
    /// @param position Which chunk.
    function expire(bytes calldata header, Position calldata position) external;

    /// @notice Returns the bond of a challenge that no account answered or expired in time. Any account can.
    /// @param digest The header's digest.
    /// @param position Which chunk.
    function reclaim(bytes32 digest, Position calldata position) external;

    /// @notice Fines the holder of an expired pair, until a window after it expired. Half goes to the pair's challenger.
    /// @param header The packed header.
    /// @param pair The expired pair.
    /// @param attested What the holder signed.
    /// @param epochMembers The members of the header's epoch.
    function fineHolder(
        bytes calldata header,
        uint8 pair,
        Attested calldata attested,
        EpochMembers calldata epochMembers
    ) external;

    /// @notice Fines the disperser over an expired pair whose holder was not fined, in the window after that. Once a header.
    /// @param header The packed header.
    /// @param pair The expired pair.
    /// @param signature The disperser's signature of the header.
    function fineDisperserOverWithheld(bytes calldata header, uint8 pair, bytes calldata signature) external;

    /// @notice Fines the disperser of an inconsistent header, until a window after the proof. Half goes to the prover.
    /// @param header The packed header.
    /// @param signature The disperser's signature of the header.
    function fineDisperserOverInconsistent(bytes calldata header, bytes calldata signature) external;

    /// @notice Shows that symbols of a row or a column are of no codeword, in one part or several.
    /// @param header The packed header, which stands posted.
    /// @param index Its position under a posted headersRoot.
    /// @param path The sibling hashes from its digest up.
    /// @param line Which byte of which symbols.
    /// @param openings Of the next points of the line, in ascending order. Parts before this one contained those below.
    /// @return decided Whether this was the last part, and the header is now invalid.
    function disproveParity(
        bytes calldata header,
        uint256 index,
        bytes calldata path,
        Line calldata line,
        bytes[] calldata openings
    ) external returns (bool decided);

    /// @notice Shows that a symbol is not the same in its row and in its column.
    /// @param header The packed header, which stands posted.
    /// @param index Its position under a posted headersRoot.
    /// @param path The sibling hashes from its digest up.
    /// @param row The opening of any chunk of the symbol, under its row i < r.
    /// @param column The opening of any chunk of the symbol, under its column j < c.
    function disproveSymbol(
        bytes calldata header,
        uint256 index,
        bytes calldata path,
        bytes calldata row,
        bytes calldata column
    ) external;

    /// @notice Shows that the padding of a batch is not zero.
    /// @param header The packed header, which stands posted.
    /// @param index Its position under a posted headersRoot.
    /// @param path The sibling hashes from its digest up.
    /// @param opening The opening of a chunk with padding, under a row i < r.
    /// @param byteIndex A byte of it, past the length of the batch.
    function disprovePadding(
        bytes calldata header,
        uint256 index,
        bytes calldata path,
        bytes calldata opening,
        uint16 byteIndex
    ) external;

    /// @notice The bytes offset … min(offset + 32, length) of a batch. Its header is not invalid.
    /// @param header The packed header, which stands posted.
    /// @param index Its position under a posted headersRoot.
    /// @param path The sibling hashes from its digest up.
    /// @param offset A multiple of 32 below the length.
    /// @param opening The opening of the chunk they are in, under its row.
    function read(
        bytes calldata header,
        uint256 index,
        bytes calldata path,
        uint256 offset,
        bytes calldata opening
    ) external view returns (bytes memory);

    /// @notice Whether a header has any fault. Once invalid, always invalid.
    function isInvalid(bytes32 digest) external view returns (bool);

    /// @notice The faults of a header: 1 withheld, 2 inconsistent, 3 both, 0 none that was shown.
    function faultsOf(bytes32 digest) external view returns (uint8);

    /// @notice What is recorded of a header at fault.
    /// @return prover Who proved it inconsistent, or zero.
    /// @return provedAt When, in unix seconds, or 0.
    /// @return finedOverWithheld Whether its disperser was fined over an expired pair.
    /// @return finedOverInconsistent Whether its disperser was fined over the proof.
    function proofOf(bytes32 digest)
        external
        view
        returns (address prover, uint48 provedAt, bool finedOverWithheld, bool finedOverInconsistent);

    /// @notice A challenge by its id (protocol §7.1).
    /// @return challenger Who opened it.
    /// @return deadline The last second in which it can be answered, or 0 if none is open.
    /// @return answered Whether the chunk was shown, so that it cannot be challenged again.
    function challengeOf(bytes32 id)
        external
        view
        returns (address challenger, uint48 deadline, bool answered);

    /// @notice A pair of a header that was not shown in time.
    /// @return challenger Whose challenge expired first, for whom half of the fine is.
    /// @return expiredAt When it was expired, in unix seconds; 0 if it was not.
    /// @return fined Whether its holder, or the disperser in its place, was fined.
    function expiredPairOf(bytes32 digest, uint8 pair)
        external
        view
        returns (address challenger, uint48 expiredAt, bool fined);

    /// @notice How far evidence in parts is, by the id of its claim (protocol §7.2).
    /// @return count How many points it contains so far.
    /// @return sum What they sum to.
    function progressOf(bytes32 claim) external view returns (uint8 count, uint8 sum);

    /// @notice The contract whose posts count.
    function ledger() external view returns (ILedger);

    /// @notice n, the number of shards in every epoch.
    function shards() external view returns (uint8);

    /// @notice Wei that a challenger pays for a challenge, lost if the challenge is answered.
    function bond() external view returns (uint96);

    /// @notice Wei that an operator's deposit loses over one pair that it withheld.
    function operatorFine() external view returns (uint96);

    /// @notice Wei that a disperser's deposit loses over one header.
    function disperserFine() external view returns (uint96);
}
