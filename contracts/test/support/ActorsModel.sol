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
        uint8 faults;
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

    // The model.
    mapping(address account => uint256) public deposits;
    mapping(address account => uint256) public credits;
    mapping(bytes32 digest => uint8) public faults;
    mapping(bytes32 digest => mapping(uint256 pair => Shown)) internal pairs;
    mapping(bytes32 digest => Shown) internal proven;
    mapping(bytes32 digest => bool) internal finedOverWithheld;
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
        _share(paid, to);
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
