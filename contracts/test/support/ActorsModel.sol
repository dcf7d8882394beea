// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../../src/interfaces/IDisputes.sol";
import {Attested} from "../../src/types/Attested.sol";
import {EpochMembers} from "../../src/types/EpochMembers.sol";
import {Position} from "../../src/types/Position.sol";
import {DisputesFixture} from "./DisputesFixture.sol";
import {Encoder} from "./Encoder.sol";
import {Greedy, Refuser} from "./Receivers.sol";

/// @notice What {Actors} act on: four batches that were posted together, one valid, three that lie, and a model of who owns
/// what and who is at fault, kept apart from the contract's own books.
abstract contract ActorsModel is DisputesFixture {
    using Encoder for Encoder.Encoded;

    uint256 internal constant BATCHES = 4;
    /// @dev The members that attested to the batches, all but one, and the batch that the disperser did not sign.
    uint256 internal constant ATTESTED = 11;
    uint256 internal constant UNSIGNED = 2;
    /// @dev The member that holds what it signed, and answers in time.
    uint256 internal constant HONEST = 0;

    struct Batch {
        bytes encoded;
        bytes header;
        bytes path;
        bytes32 digest;
        bytes32 root;
    }

    struct Open {
        uint256 batch;
        Position position;
        address challenger;
        uint256 deadline;
    }

    /// @dev A pair that expired, or a proof.
    struct Shown {
        address by;
        uint256 time;
        bool fined;
    }

    Batch[] internal batches;
    bytes[] internal headers;
    Open[] internal open;
    address[] internal accounts;

    /// @dev The batch and the pair that expired last.
    uint256 private _lastBatch;
    uint8 private _lastPair;
    /// @dev Signed as the others, and posted late or not at all.
    bytes internal late;

    // The model.
    mapping(address account => uint256) public deposits;
    mapping(address account => uint256) public credits;
    mapping(bytes32 digest => uint8) public faults;
    mapping(bytes32 digest => mapping(uint256 pair => Shown)) internal pairs;
    mapping(bytes32 digest => Shown) internal proven;
    mapping(bytes32 digest => bool) internal finedOverWithheld;
    mapping(address account => uint256) public fines;
    bool public lateStands;
    mapping(bytes32 id => bool) internal answered;
    mapping(bytes32 id => bool) internal asking;
    /// @dev What came in and what went out, in all.
    uint256 public paidIn;
    uint256 public paidOut;
    uint256 public answers;
    uint256 public expiries;
    uint256 public reclaims;
    uint256 public proofs;
    uint256 public holderFines;
    uint256 public disperserFines;
    uint256 public exits;

    function setUp() public override {
        super.setUp();
        accounts = [
            TREASURY,
            DISPERSER,
            CHALLENGER,
            ANYBODY,
            address(new Refuser()),
            address(new Greedy(disputes)),
            OWNER
        ];
        for (uint256 i = 0; i < members.length; i++) {
            accounts.push(members[i].signer);
            deposits[members[i].signer] = DEPOSIT;
        }
        deposits[DISPERSER] = DEPOSIT;
        paidIn = 5 * DEPOSIT;
        for (uint256 i = 0; i < BATCHES; i++) {
            _addBatch(i);
        }
        for (uint256 i = 0; i < BATCHES; i++) {
            (, batches[i].path) = _tree(_digests(headers), i);
        }
        _post(headers, 1, ATTESTED);
        late = _headerUntil("late", 1, EXPIRY);
        late[35] |= 0x01;
    }

    /// @dev 0 is valid. 1 has a row, 2 a column, 3 a padding that lies.
    function _addBatch(uint256 kind) internal {
        Encoder.Encoded memory e = Encoder.encode(4, _batch(bytes32(kind), 150));
        if (kind == 1) _flipAt(e.rows[3], 0);
        if (kind == 2) _flipAt(e.columns[1], 0);
        if (kind == 3) _flipAt(e.rows[1], 95);
        e.commit();
        Batch storage added = batches.push();
        added.encoded = abi.encode(e);
        added.header = _headerOf(e);
        added.digest = ledger.headerDigest(added.header);
        added.root = e.root;
        headers.push(added.header);
    }

    function accountsLength() external view returns (uint256) {
        return accounts.length;
    }

    function accountAt(uint256 index) external view returns (address) {
        return accounts[index];
    }

    function openLength() external view returns (uint256) {
        return open.length;
    }

    function digestOf(uint256 batch) external view returns (bytes32) {
        return batches[batch].digest;
    }

    /// @dev Of a batch, or, after the last, of the late header.
    function certificateOf(uint256 batch) external view returns (bytes memory) {
        if (batch == BATCHES) return _certify(late, 1, ATTESTED);
        return _certificateOf(headers, batch, 1, ATTESTED);
    }

    function epochMembers() external view returns (EpochMembers memory) {
        return _membersOf(1);
    }

    function honest() external view returns (address) {
        return _membersOf(1).members[HONEST].signer;
    }

    function disputed() external view returns (IDisputes) {
        return disputes;
    }

    function _anyAccount(uint256 seed) internal view returns (address) {
        return accounts[seed % accounts.length];
    }

    function _encodedOf(uint256 batch) internal view returns (Encoder.Encoded memory) {
        return abi.decode(batches[batch].encoded, (Encoder.Encoded));
    }

    /// @dev The index of the member of the first epoch that holds a pair.
    function _holderIn(uint256 batch, uint256 pair) internal view returns (uint256 index) {
        EpochMembers memory first = _membersOf(1);
        uint256 shard = (pair + uint256(batches[batch].root) % 4) % 4;
        while (first.members[index].shards != 1 << shard) index++;
    }

    function _share(uint256 amount, address to) internal {
        credits[to] += amount / 2;
        credits[TREASURY] += amount - amount / 2;
    }

    function _fineInModel(address account, uint256 amount, address to) internal {
        uint256 paid = amount < deposits[account] ? amount : deposits[account];
        deposits[account] -= paid;
        fines[account] += paid;
        _share(paid, to);
    }

    function _recordExpiry(Open memory asked) internal {
        Shown storage pair = pairs[batches[asked.batch].digest][asked.position.pair];
        if (pair.time == 0) (pair.by, pair.time) = (asked.challenger, block.timestamp);
        (_lastBatch, _lastPair) = (asked.batch, asked.position.pair);
    }

    /// @dev Mostly what expired last, else any.
    function _anyPair(uint256 seed) internal view returns (uint256 batch, uint8 pair) {
        if (seed % 4 != 0) return (_lastBatch, _lastPair);
        return (seed / 4 % BATCHES, uint8(seed / 64 % 4));
    }

    /// @dev The honest member answers what asks for its pairs and is due by a time.
    function _answerHonestly(uint256 until) internal {
        address by = _membersOf(1).members[HONEST].signer;
        for (uint256 i = open.length; i > 0; i--) {
            Open memory asked = open[i - 1];
            if (asked.deadline >= until || _holderIn(asked.batch, asked.position.pair) != HONEST) continue;
            _answer(i - 1, by, _openingOf(asked));
        }
    }

    function _openingOf(Open memory asked) internal view returns (bytes memory) {
        Position memory p = asked.position;
        return _encodedOf(asked.batch).open(p.pair, p.side, p.symbol, 0);
    }

    function _answer(uint256 which, address by, bytes memory opening) internal {
        Open memory asked = open[which];
        vm.prank(by);
        disputes.answer(batches[asked.batch].header, opening);
        bytes32 digest = batches[asked.batch].digest;
        answered[_idOf(digest, asked.position)] = true;
        _share(BOND, by);
        _close(which);
        answers++;
    }

    /// @dev A member that did not attest has signed something else.
    function _attestedIn(uint256 batch, uint256 member) internal view returns (Attested memory) {
        if ((ATTESTED >> member) & 1 == 1) return _attested(headers, batch, 1, member);
        return _attestedAlone(headers[(batch + 1) % BATCHES], 1, member);
    }

    /// @dev The disperser's request, or what passes for it where there is none.
    function _requestOf(uint256 batch) internal view returns (bytes memory) {
        if (batch == UNSIGNED) return _signOne(uint256(uint160(CHALLENGER)), batches[batch].digest);
        return _requested(batches[batch].header);
    }

    function _isOperator(address account) internal view returns (bool) {
        EpochMembers memory first = _membersOf(1);
        for (uint256 i = 0; i < first.members.length; i++) {
            if (first.members[i].signer == account) return true;
        }
        return false;
    }

    function _close(uint256 which) internal {
        asking[_idOf(batches[open[which].batch].digest, open[which].position)] = false;
        open[which] = open[open.length - 1];
        open.pop();
    }
}
