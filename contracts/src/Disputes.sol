// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Stakes} from "./Stakes.sol";
import {ICommittee} from "./interfaces/ICommittee.sol";
import {IDisputes} from "./interfaces/IDisputes.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {Certificates} from "./libraries/Certificates.sol";
import {Field} from "./libraries/Field.sol";
import {Geometry} from "./libraries/Geometry.sol";
import {Headers} from "./libraries/Headers.sol";
import {Members} from "./libraries/Members.sol";
import {Openings} from "./libraries/Openings.sol";
import {OpeningInvalid, Reads} from "./libraries/Reads.sol";
import {Line} from "./types/Line.sol";
import {Member} from "./types/Member.sol";
import {Position} from "./types/Position.sol";
import {Terms} from "./types/Terms.sol";

/// @title Whether a certified header stands, and what its batch says
/// @notice One slot for every open challenge, every fault and every piece of unfinished evidence, and no other storage.
/// Calls no contract but the Ledger and its Committee, except in {withdraw}, which does nothing after its call.
contract Disputes is IDisputes, Stakes {
    uint8 private constant WITHHELD = 1;
    uint8 private constant INCONSISTENT = 2;

    struct Challenge {
        address holder;
        uint48 deadline;
        uint8 shards;
    }

    struct Progress {
        uint8 count;
        uint8 sum;
    }

    /// @dev A header whose certificate holds, and the committee behind it.
    struct Certified {
        bytes32 digest;
        bytes32 root;
        uint256 length;
        uint256 shards;
    }

    /// @inheritdoc IDisputes
    ILedger public immutable ledger;

    /// @inheritdoc IDisputes
    uint96 public immutable bond;

    /// @inheritdoc IDisputes
    uint96 public immutable operatorFine;

    /// @inheritdoc IDisputes
    uint96 public immutable disperserFine;

    /// @inheritdoc IDisputes
    mapping(bytes32 digest => uint8) public faultsOf;

    /// @inheritdoc IDisputes
    mapping(bytes32 id => Challenge) public challengeOf;

    /// @inheritdoc IDisputes
    mapping(bytes32 claim => Progress) public progressOf;

    mapping(bytes32 digest => mapping(address operator => bool)) private _finedOver;

    constructor(ILedger ledger_, Terms memory terms) Stakes(_committeeOf(ledger_), terms) {
        ledger = ledger_;
        bond = terms.bond;
        operatorFine = terms.operatorFine;
        disperserFine = terms.disperserFine;
    }

    /// @inheritdoc IDisputes
    function challenge(bytes calldata certificate, Member[] calldata members, Position calldata position)
        external
        payable
    {
        if (msg.value != bond) revert BondInvalid(bond, msg.value);
        (Certified memory certified, bytes calldata header, uint256 signers) =
            _certified(certificate, members);
        uint8 faults = faultsOf[certified.digest];
        if (faults != 0) revert AlreadyInvalid(certified.digest, faults);
        uint64 expiry = Headers.expiryOf(header);
        if (block.timestamp > expiry) revert PromiseOver(expiry, block.timestamp);
        _checkPosition(position, certified);

        bytes32 id = _idOf(certified.digest, position, msg.sender);
        if (challengeOf[id].deadline != 0) revert AlreadyChallenged(id, challengeOf[id].deadline);
        uint256 index = Members.holderOf(members, certified.shards, certified.root, position.pair);
        Challenge memory opened = Challenge({
            // A holder that did not sign promised nothing.
            holder: (signers >> index) & 1 == 1 ? members[index].signer : address(0),
            deadline: uint48(block.timestamp + window),
            shards: uint8(certified.shards)
        });
        challengeOf[id] = opened;
        emit Challenged(certified.digest, msg.sender, opened.holder, position, opened.deadline, header);
    }

    /// @inheritdoc IDisputes
    function answer(bytes calldata header, address challenger, bytes calldata opening) external {
        bytes32 digest = ledger.headerDigest(header);
        Position memory position = _positionOf(opening);
        (bytes32 id, Challenge memory asked) = _challenged(digest, position, challenger);
        if (block.timestamp > asked.deadline) revert TooLate(asked.deadline, block.timestamp);
        // The position was checked with the challenge, and is part of its id.
        bool leads =
            Openings.verify(opening, Headers.batchRootOf(header), asked.shards, Headers.lengthOf(header));
        if (!leads) revert OpeningInvalid();

        delete challengeOf[id];
        emit Answered(digest, challenger, msg.sender, position);
        // Only half: a challenger that copies an honest answer to be the first still loses the rest.
        _share(bond, msg.sender);
    }

    /// @inheritdoc IDisputes
    function expire(bytes32 digest, address challenger, Position calldata position) external {
        (bytes32 id, Challenge memory asked) = _challenged(digest, position, challenger);
        if (block.timestamp <= asked.deadline) revert TooEarly(asked.deadline, block.timestamp);

        delete challengeOf[id];
        emit Expired(digest, challenger, position);
        _invalidate(digest, WITHHELD);
        _credit(challenger, bond);
        if (asked.holder == address(0) || _finedOver[digest][asked.holder]) return;
        _finedOver[digest][asked.holder] = true;
        _fine(asked.holder, operatorFine, challenger);
    }

    /// @inheritdoc IDisputes
    function disproveParity(
        bytes calldata certificate,
        Member[] calldata members,
        Line calldata line,
        bytes[] calldata openings
    ) external returns (bool decided) {
        (Certified memory certified, bytes calldata header) = _consistent(certificate, members);
        bytes memory points = _pointsOf(line, certified.shards);
        bytes32 claim = _claimOf(certified.digest, line);
        Progress memory progress = progressOf[claim];
        uint256 missing = points.length - progress.count;
        if (openings.length == 0 || openings.length > missing) {
            revert OpeningsCountInvalid(missing, openings.length);
        }

        _fold(progress, certified, line, points, openings);
        if (openings.length < missing) {
            progressOf[claim] = progress;
            return false;
        }
        if (progress.sum == 0) revert NoContradiction();
        // The slot is empty if this was the only part; deleting it then costs no more than reading it.
        delete progressOf[claim];
        _disprove(certified.digest, header);
        return true;
    }

    /// @inheritdoc IDisputes
    function disproveSymbol(
        bytes calldata certificate,
        Member[] calldata members,
        bytes calldata row,
        bytes calldata column
    ) external {
        (Certified memory certified, bytes calldata header) = _consistent(certificate, members);
        (Openings.Opened memory inRow,) = _open(certified, row);
        (Openings.Opened memory inColumn,) = _open(certified, column);
        // A row's symbols are below c and a column's below r: pairs that equal them are in range too.
        if (inRow.side != Openings.ROW || inRow.pair != inColumn.symbol) revert OpeningMisplaced(0);
        if (inColumn.side != Openings.COLUMN || inColumn.pair != inRow.symbol) revert OpeningMisplaced(1);
        if (inRow.symbolRoot == inColumn.symbolRoot) revert NoContradiction();
        _disprove(certified.digest, header);
    }

    /// @inheritdoc IDisputes
    function disprovePadding(
        bytes calldata certificate,
        Member[] calldata members,
        bytes calldata opening,
        uint16 byteIndex
    ) external {
        (Certified memory certified, bytes calldata header) = _consistent(certificate, members);
        (Openings.Opened memory opened, bytes calldata data) = _open(certified, opening);
        // Rows from r on are parity: no byte of the batch and none of its padding is in them.
        if (opened.side != Openings.ROW || opened.pair >= Geometry.rows(certified.shards)) {
            revert OpeningMisplaced(0);
        }
        uint256 symbols = opened.pair * Geometry.columns(certified.shards) + opened.symbol;
        uint256 offset = symbols * Geometry.symbolBytes(certified.shards, certified.length) + opened.chunk
            * Geometry.CHUNK_BYTES + byteIndex;
        if (_byteOf(data, byteIndex) == 0 || offset < certified.length) revert NoContradiction();
        _disprove(certified.digest, header);
    }

    /// @inheritdoc IDisputes
    function read(
        bytes calldata certificate,
        Member[] calldata members,
        uint256 offset,
        bytes calldata opening
    ) external view returns (bytes memory) {
        (Certified memory certified, bytes calldata header,) = _certified(certificate, members);
        uint8 faults = faultsOf[certified.digest];
        if (faults != 0) revert HeaderInvalid(certified.digest, faults);
        return Reads.word(header, certified.shards, offset, opening);
    }

    /// @inheritdoc IDisputes
    function isInvalid(bytes32 digest) external view returns (bool) {
        return faultsOf[digest] != 0;
    }

    /// @dev The header of a certificate that holds, in parts and as it stands, and who signed.
    function _certified(bytes calldata certificate, Member[] calldata members)
        private
        view
        returns (Certified memory certified, bytes calldata header, uint256 signers)
    {
        // Reverts unless the members are those of the epoch.
        if (!ledger.verify(certificate, members)) revert CertificateInvalid();
        (, header,, signers,) = Certificates.decode(certificate);
        certified = Certified({
            digest: ledger.headerDigest(header),
            root: Headers.batchRootOf(header),
            length: Headers.lengthOf(header),
            shards: Members.shardsOf(members)
        });
    }

    /// @dev A certified header that has not been shown to be inconsistent. It may have been withheld: else its disperser could
    /// avoid its fine with a challenge that an accomplice does not answer.
    function _consistent(bytes calldata certificate, Member[] calldata members)
        private
        view
        returns (Certified memory certified, bytes calldata header)
    {
        (certified, header,) = _certified(certificate, members);
        uint8 faults = faultsOf[certified.digest];
        if (faults & INCONSISTENT != 0) revert AlreadyInvalid(certified.digest, faults);
    }

    function _disprove(bytes32 digest, bytes calldata header) private {
        _invalidate(digest, INCONSISTENT);
        _fine(Headers.disperserOf(header), disperserFine, msg.sender);
    }

    function _invalidate(bytes32 digest, uint8 fault) private {
        uint8 faults = faultsOf[digest];
        if (faults & fault != 0) return;
        faultsOf[digest] = faults | fault;
        emit Invalidated(digest, faults | fault);
    }

    function _challenged(bytes32 digest, Position memory position, address challenger)
        private
        view
        returns (bytes32 id, Challenge memory asked)
    {
        id = _idOf(digest, position, challenger);
        asked = challengeOf[id];
        if (asked.deadline == 0) revert NotChallenged(id);
    }

    /// @dev The id includes the challenger, so that a challenge with a worse certificate does not keep others out.
    function _idOf(bytes32 digest, Position memory position, address challenger)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(digest, position, challenger));
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

    function _checkPosition(Position calldata position, Certified memory certified) private pure {
        bool inside = Openings.isPosition(
            position.pair, position.side, position.symbol, position.chunk, certified.shards, certified.length
        );
        if (!inside) revert PositionOutside(position);
    }

    function _open(Certified memory certified, bytes calldata opening)
        private
        pure
        returns (Openings.Opened memory opened, bytes calldata data)
    {
        bool ok;
        (ok, opened, data) = Openings.open(opening, certified.root, certified.shards, certified.length);
        if (!ok) revert OpeningInvalid();
    }

    /// @dev The points of a line in ascending order, one byte each: k + 1, because any k values belong to some codeword.
    function _pointsOf(Line calldata line, uint256 shards) private pure returns (bytes memory points) {
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
        Certified memory certified,
        Line calldata line,
        bytes memory points,
        bytes[] calldata openings
    ) private pure {
        for (uint256 i = 0; i < openings.length; i++) {
            uint256 q = uint8(points[progress.count]);
            uint256 value = _valueAt(certified, line, q, openings[i]);
            progress.sum ^= uint8(Field.term(points, q, value));
            progress.count++;
        }
    }

    /// @dev The byte of a line's point, from the opening of its chunk: under rows, but for the columns that no row has.
    function _valueAt(Certified memory certified, Line calldata line, uint256 point, bytes calldata opening)
        private
        pure
        returns (uint256)
    {
        (Openings.Opened memory opened, bytes calldata data) = _open(certified, opening);
        bool underColumn = line.side == Openings.ROW && point >= Geometry.columns(certified.shards);
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

    function _committeeOf(ILedger ledger_) private view returns (ICommittee) {
        if (address(ledger_).code.length == 0) revert LedgerWithoutCode(address(ledger_));
        return ledger_.committee();
    }
}
