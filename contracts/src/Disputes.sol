// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Stakes} from "./Stakes.sol";
import {IDisputes} from "./interfaces/IDisputes.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {Field} from "./libraries/Field.sol";
import {Geometry} from "./libraries/Geometry.sol";
import {Headers} from "./libraries/Headers.sol";
import {Members} from "./libraries/Members.sol";
import {Openings} from "./libraries/Openings.sol";
import {OpeningInvalid, Reads} from "./libraries/Reads.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Attested} from "./types/Attested.sol";
import {EpochMembers} from "./types/EpochMembers.sol";
import {Line} from "./types/Line.sol";
import {Member} from "./types/Member.sol";
import {Position} from "./types/Position.sol";
import {Terms} from "./types/Terms.sol";

/// @title Whether a posted header is invalid, who pays for it, and what its batch says
/// @notice One slot for every challenge, every expired pair, every header at fault and every piece of unfinished evidence, and
/// no other storage. Calls no contract but the Ledger and its Committee, except in {withdraw}, which does nothing after its call.
contract Disputes is IDisputes, Stakes {
    uint8 private constant WITHHELD = 1;
    uint8 private constant INCONSISTENT = 2;

    struct Challenge {
        address challenger;
        uint48 deadline;
        bool answered;
    }

    struct ExpiredPair {
        address challenger;
        uint48 expiredAt;
        bool fined;
    }

    struct Fault {
        address prover;
        uint48 provedAt;
        uint8 faults;
        bool finedOverWithheld;
        bool finedOverInconsistent;
    }

    struct Progress {
        uint8 count;
        uint8 sum;
    }

    /// @dev A header that stands posted.
    struct Batch {
        bytes32 digest;
        bytes32 root;
        uint256 length;
    }

    /// @inheritdoc IDisputes
    ILedger public immutable ledger;

    /// @inheritdoc IDisputes
    uint8 public immutable shards;

    /// @inheritdoc IDisputes
    uint96 public immutable bond;

    /// @inheritdoc IDisputes
    uint96 public immutable operatorFine;

    /// @inheritdoc IDisputes
    uint96 public immutable disperserFine;

    /// @inheritdoc IDisputes
    mapping(bytes32 id => Challenge) public challengeOf;

    /// @inheritdoc IDisputes
    mapping(bytes32 digest => mapping(uint8 pair => ExpiredPair)) public expiredPairOf;

    /// @inheritdoc IDisputes
    mapping(bytes32 claim => Progress) public progressOf;

    mapping(bytes32 digest => Fault) private _faults;

    constructor(ILedger ledger_, Terms memory terms) Stakes(ledger_, terms) {
        ledger = ledger_;
        shards = ledger_.shards();
        bond = terms.bond;
        operatorFine = terms.operatorFine;
        disperserFine = terms.disperserFine;
    }

    /// @inheritdoc IDisputes
    function challenge(bytes calldata header, uint256 index, bytes calldata path, Position calldata position)
        external
        payable
    {
        if (msg.value != bond) revert BondInvalid(bond, msg.value);
        Batch memory batch = _posted(header, index, path);
        uint8 faults = _faults[batch.digest].faults;
        // A header that is only withheld can be challenged at other positions, so that every holder can be fined.
        if (faults & INCONSISTENT != 0) revert AlreadyInvalid(batch.digest, faults);
        uint64 expiry = Headers.expiryOf(header);
        if (block.timestamp > expiry) revert PromiseOver(expiry, block.timestamp);
        bool inside = Openings.isPosition(
            position.pair, position.side, position.symbol, position.chunk, shards, batch.length
        );
        if (!inside) revert PositionOutside(position);

        bytes32 id = _idOf(batch.digest, position);
        Challenge memory known = challengeOf[id];
        if (known.answered) revert AlreadyAnswered(id);
        if (known.deadline != 0) revert AlreadyChallenged(id, known.deadline);
        uint48 deadline = uint48(block.timestamp + window);
        challengeOf[id] = Challenge({challenger: msg.sender, deadline: deadline, answered: false});
        emit Challenged(batch.digest, msg.sender, position, deadline, header);
    }

    /// @inheritdoc IDisputes
    function answer(bytes calldata header, bytes calldata opening) external {
        bytes32 digest = ledger.headerDigest(header);
        Position memory position = _positionOf(opening);
        (bytes32 id, Challenge memory asked) = _open(digest, position);
        if (block.timestamp > asked.deadline) revert TooLate(asked.deadline, block.timestamp);
        // The position was checked with the challenge, and is part of its id.
        (bool leads,, bytes calldata chunk) =
            Openings.open(opening, Headers.batchRootOf(header), shards, Headers.lengthOf(header));
        if (!leads) revert OpeningInvalid();

        // The slot stays: the chunk is on L1, and no account has to show it twice.
        challengeOf[id] = Challenge({challenger: address(0), deadline: 0, answered: true});
        // The chunk is in the event, because a call by another contract shows its input to no reader of L1's logs.
        emit Answered(digest, msg.sender, position, chunk);
        // Only half: a challenger that copies an honest answer to be the first still loses the rest. Also when the header became
        // invalid meanwhile: else a pair that an accomplice lets expire would leave every other answer unpaid.
        _share(bond, msg.sender);
    }

    /// @inheritdoc IDisputes
    function expire(bytes calldata header, Position calldata position) external {
        bytes32 digest = ledger.headerDigest(header);
        (bytes32 id, Challenge memory asked) = _open(digest, position);
        if (block.timestamp <= asked.deadline) revert TooEarly(asked.deadline, block.timestamp);
        // No account keeps an expiry in reserve: a challenge that none expires in another window lapses.
        uint256 until = asked.deadline + window;
        if (block.timestamp > until) revert TooLate(until, block.timestamp);

        delete challengeOf[id];
        ExpiredPair storage expired = expiredPairOf[digest][position.pair];
        if (expired.expiredAt == 0) {
            expired.challenger = asked.challenger;
            expired.expiredAt = uint48(block.timestamp);
        }
        emit Expired(digest, asked.challenger, position, header);
        _invalidate(digest, WITHHELD);
        _credit(asked.challenger, bond);
    }

    /// @inheritdoc IDisputes
    function reclaim(bytes32 digest, Position calldata position) external {
        (bytes32 id, Challenge memory asked) = _open(digest, position);
        uint256 until = asked.deadline + window;
        if (block.timestamp <= until) revert TooEarly(until, block.timestamp);

        delete challengeOf[id];
        emit Reclaimed(digest, asked.challenger, position);
        _credit(asked.challenger, bond);
    }

    /// @inheritdoc IDisputes
    function fineHolder(
        bytes calldata header,
        uint8 pair,
        Attested calldata attested,
        EpochMembers calldata epochMembers
    ) external {
        bytes32 digest = ledger.headerDigest(header);
        ExpiredPair storage expired = _expiredPair(digest, pair);
        _checkUntil(expired.expiredAt + window);
        uint32 epoch = Headers.epochOf(header);
        bytes32 committeeRoot = committee.committeeRoot(epoch);
        bytes32 received = Members.rootOf(epochMembers);
        if (received != committeeRoot) revert MembersMismatch(epoch, committeeRoot, received);

        Member[] calldata members = epochMembers.members;
        uint256 shard = Members.shardOf(Headers.batchRootOf(header), pair, shards);
        address holder = members[Members.holderOf(members, shard)].signer;
        if (!Headers.isPlace(attested.index, attested.path)) {
            revert PlaceInvalid(attested.index, attested.path.length);
        }
        bytes32 headersRoot = Headers.climb(digest, attested.index, attested.path);
        bytes32 attestation = ledger.attestationDigest(headersRoot, committeeRoot);
        if (!Signatures.isBy(holder, attestation, attested.signature)) revert NotSigned(holder, attestation);

        expired.fined = true;
        _fine(holder, operatorFine, expired.challenger);
    }

    /// @inheritdoc IDisputes
    function fineDisperserOverWithheld(bytes calldata header, uint8 pair, bytes calldata signature) external {
        bytes32 digest = ledger.headerDigest(header);
        ExpiredPair storage expired = _expiredPair(digest, pair);
        // The holder comes first: a disperser that was given its attestation has had a window to show it.
        uint256 from = expired.expiredAt + window;
        if (block.timestamp <= from) revert TooEarly(from, block.timestamp);
        _checkUntil(from + window);
        Fault storage fault = _faults[digest];
        if (fault.finedOverWithheld) revert AlreadyFined(digest);
        address disperser = _checkDisperser(header, digest, signature);

        expired.fined = true;
        fault.finedOverWithheld = true;
        _fine(disperser, disperserFine, expired.challenger);
    }

    /// @inheritdoc IDisputes
    function fineDisperserOverInconsistent(bytes calldata header, bytes calldata signature) external {
        bytes32 digest = ledger.headerDigest(header);
        Fault storage fault = _faults[digest];
        if (fault.provedAt == 0) revert NotAtFault(digest);
        if (fault.finedOverInconsistent) revert AlreadyFined(digest);
        _checkUntil(fault.provedAt + window);
        address disperser = _checkDisperser(header, digest, signature);

        fault.finedOverInconsistent = true;
        _fine(disperser, disperserFine, fault.prover);
    }

    /// @inheritdoc IDisputes
    function disproveParity(
        bytes calldata header,
        uint256 index,
        bytes calldata path,
        Line calldata line,
        bytes[] calldata openings
    ) external returns (bool decided) {
        Batch memory batch = _disputable(header, index, path);
        bytes memory points = _pointsOf(line);
        bytes32 claim = _claimOf(batch.digest, line);
        Progress memory progress = progressOf[claim];
        uint256 missing = points.length - progress.count;
        if (openings.length == 0 || openings.length > missing) {
            revert OpeningsCountInvalid(missing, openings.length);
        }

        _fold(progress, batch, line, points, openings);
        if (openings.length < missing) {
            progressOf[claim] = progress;
            return false;
        }
        if (progress.sum == 0) revert NoContradiction();
        // The slot is empty if this was the only part; deleting it then costs no more than reading it.
        delete progressOf[claim];
        _prove(batch.digest);
        return true;
    }

    /// @inheritdoc IDisputes
    function disproveSymbol(
        bytes calldata header,
        uint256 index,
        bytes calldata path,
        bytes calldata row,
        bytes calldata column
    ) external {
        Batch memory batch = _disputable(header, index, path);
        (Openings.Opened memory inRow,) = _opened(batch, row);
        (Openings.Opened memory inColumn,) = _opened(batch, column);
        // A row's symbols are below c and a column's below r: pairs that equal them are in range too.
        if (inRow.side != Openings.ROW || inRow.pair != inColumn.symbol) revert OpeningMisplaced(0);
        if (inColumn.side != Openings.COLUMN || inColumn.pair != inRow.symbol) revert OpeningMisplaced(1);
        if (inRow.symbolRoot == inColumn.symbolRoot) revert NoContradiction();
        _prove(batch.digest);
    }

    /// @inheritdoc IDisputes
    function disprovePadding(
        bytes calldata header,
        uint256 index,
        bytes calldata path,
        bytes calldata opening,
        uint16 byteIndex
    ) external {
        Batch memory batch = _disputable(header, index, path);
        (Openings.Opened memory opened, bytes calldata data) = _opened(batch, opening);
        // Rows from r on are parity: no byte of the batch and none of its padding is in them.
        if (opened.side != Openings.ROW || opened.pair >= Geometry.rows(shards)) revert OpeningMisplaced(0);
        uint256 symbols = opened.pair * Geometry.columns(shards) + opened.symbol;
        uint256 offset = symbols * Geometry.symbolBytes(shards, batch.length) + opened.chunk
            * Geometry.CHUNK_BYTES + byteIndex;
        if (_byteOf(data, byteIndex) == 0 || offset < batch.length) revert NoContradiction();
        _prove(batch.digest);
    }

    /// @inheritdoc IDisputes
    function read(
        bytes calldata header,
        uint256 index,
        bytes calldata path,
        uint256 offset,
        bytes calldata opening
    ) external view returns (bytes memory) {
        bytes32 digest = _posted(header, index, path).digest;
        uint8 faults = _faults[digest].faults;
        if (faults != 0) revert HeaderInvalid(digest, faults);
        return Reads.word(header, shards, offset, opening);
    }

    /// @inheritdoc IDisputes
    function isInvalid(bytes32 digest) external view returns (bool) {
        return _faults[digest].faults != 0;
    }

    /// @inheritdoc IDisputes
    function faultsOf(bytes32 digest) external view returns (uint8) {
        return _faults[digest].faults;
    }

    /// @inheritdoc IDisputes
    function proofOf(bytes32 digest)
        external
        view
        returns (address prover, uint48 provedAt, bool finedOverWithheld, bool finedOverInconsistent)
    {
        Fault storage fault = _faults[digest];
        return (fault.prover, fault.provedAt, fault.finedOverWithheld, fault.finedOverInconsistent);
    }

    /// @dev A header that stands posted.
    function _posted(bytes calldata header, uint256 index, bytes calldata path)
        private
        view
        returns (Batch memory)
    {
        (bool stands, bytes32 digest) = ledger.standsPosted(header, index, path);
        if (!stands) revert NotPosted(digest);
        return Batch({digest: digest, root: Headers.batchRootOf(header), length: Headers.lengthOf(header)});
    }

    /// @dev A posted header that has not been shown to be inconsistent, while evidence is accepted. It may have been withheld:
    /// else its disperser could avoid its fine with a challenge that an accomplice does not answer.
    function _disputable(bytes calldata header, uint256 index, bytes calldata path)
        private
        view
        returns (Batch memory batch)
    {
        batch = _posted(header, index, path);
        uint8 faults = _faults[batch.digest].faults;
        if (faults & INCONSISTENT != 0) revert AlreadyInvalid(batch.digest, faults);
        // As long as nodes keep pairs (protocol §7.1): what is valid then stays valid.
        _checkUntil(uint256(Headers.expiryOf(header)) + window);
    }

    /// @dev Records who proved a header inconsistent, and when.
    function _prove(bytes32 digest) private {
        Fault storage fault = _faults[digest];
        fault.prover = msg.sender;
        fault.provedAt = uint48(block.timestamp);
        _invalidate(digest, INCONSISTENT);
    }

    function _invalidate(bytes32 digest, uint8 added) private {
        uint8 faults = _faults[digest].faults;
        if (faults & added != 0) return;
        _faults[digest].faults = faults | added;
        emit Invalidated(digest, faults | added);
    }

    function _open(bytes32 digest, Position memory position)
        private
        view
        returns (bytes32 id, Challenge memory asked)
    {
        id = _idOf(digest, position);
        asked = challengeOf[id];
        if (asked.deadline == 0) revert NotChallenged(id);
    }

    function _expiredPair(bytes32 digest, uint8 pair) private view returns (ExpiredPair storage expired) {
        expired = expiredPairOf[digest][pair];
        if (expired.expiredAt == 0) revert NotAtFault(digest);
        if (expired.fined) revert AlreadyFined(digest);
    }

    /// @dev Only its own signature of a header lets a disperser be fined over it.
    function _checkDisperser(bytes calldata header, bytes32 digest, bytes calldata signature)
        private
        pure
        returns (address disperser)
    {
        disperser = Headers.disperserOf(header);
        if (!Signatures.isBy(disperser, digest, signature)) revert NotSigned(disperser, digest);
    }

    function _checkUntil(uint256 until) private view {
        if (block.timestamp > until) revert TooLate(until, block.timestamp);
    }

    function _idOf(bytes32 digest, Position memory position) private pure returns (bytes32) {
        return keccak256(abi.encode(digest, position));
    }

    /// @dev The id includes the sender, so that a sender cannot disturb evidence that another submits in parts.
    function _claimOf(bytes32 digest, Line calldata line) private view returns (bytes32) {
        return keccak256(abi.encode(msg.sender, digest, line));
    }

    /// @dev For bytes that are not an opening it returns an arbitrary position, or reverts: no challenge matches either way.
    function _positionOf(bytes calldata opening) private pure returns (Position memory) {
        return Position({
            pair: uint8(opening[0]),
            side: uint8(opening[1]),
            symbol: uint8(opening[2]),
            chunk: uint32(bytes4(opening[3:7]))
        });
    }

    function _opened(Batch memory batch, bytes calldata opening)
        private
        view
        returns (Openings.Opened memory opened, bytes calldata data)
    {
        bool ok;
        (ok, opened, data) = Openings.open(opening, batch.root, shards, batch.length);
        if (!ok) revert OpeningInvalid();
    }

    /// @dev The points of a line in ascending order, one byte each: k + 1, because any k values belong to some codeword.
    function _pointsOf(Line calldata line) private view returns (bytes memory points) {
        bool isRow = line.side == Openings.ROW;
        uint256 lines = isRow ? Geometry.rows(shards) : Geometry.columns(shards);
        uint256 degree = isRow ? Geometry.columns(shards) : Geometry.rows(shards);
        if (line.side > Openings.COLUMN || line.index >= lines || line.points >> shards != 0) {
            revert LineInvalid(line);
        }
        points = new bytes(degree + 1);
        uint256 count = 0;
        for (uint256 q = 0; q < shards; q++) {
            if ((line.points >> q) & 1 == 0) continue;
            if (count == points.length) revert LineInvalid(line);
            points[count++] = bytes1(uint8(q));
        }
        if (count != points.length) revert LineInvalid(line);
    }

    /// @dev Adds the values of the next points to those of the parts before.
    function _fold(
        Progress memory progress,
        Batch memory batch,
        Line calldata line,
        bytes memory points,
        bytes[] calldata openings
    ) private view {
        for (uint256 i = 0; i < openings.length; i++) {
            uint256 q = uint8(points[progress.count]);
            uint256 value = _valueAt(batch, line, q, openings[i]);
            progress.sum ^= uint8(Field.term(points, q, value));
            progress.count++;
        }
    }

    /// @dev The byte of a line's point, from the opening of its chunk: under rows, but for the columns that no row has.
    function _valueAt(Batch memory batch, Line calldata line, uint256 point, bytes calldata opening)
        private
        view
        returns (uint256)
    {
        (Openings.Opened memory opened, bytes calldata data) = _opened(batch, opening);
        bool underColumn = line.side == Openings.ROW && point >= Geometry.columns(shards);
        bool underPoint = underColumn || line.side == Openings.COLUMN;
        bool placed = opened.side == (underColumn ? Openings.COLUMN : Openings.ROW)
            && opened.pair == (underPoint ? point : line.index)
            && opened.symbol == (underPoint ? line.index : point) && opened.chunk == line.chunk;
        if (!placed) revert OpeningMisplaced(point);
        return _byteOf(data, line.byteIndex);
    }

    function _byteOf(bytes calldata data, uint256 byteIndex) private pure returns (uint256) {
        if (byteIndex >= data.length) revert ByteOutside(byteIndex, data.length);
        return uint8(data[byteIndex]);
    }
}
