// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "../../src/interfaces/ICommittee.sol";
import {ILedger} from "../../src/interfaces/ILedger.sol";
import {EpochMembers} from "../../src/types/EpochMembers.sol";
import {Member} from "../../src/types/Member.sol";
import {Test} from "./Test.sol";

/// @notice A committee whose keys the test holds, a ledger over it, and encoders of headers and certificates that share
/// no code with what they test.
abstract contract Fixture is Test {
    uint256 internal constant START = 1_000_000;
    uint64 internal constant NOTICE = 7 days;
    uint64 internal constant PROMISE = 15 days;

    ICommittee internal committee;
    ILedger internal ledger;

    /// @dev The latest epoch's members and, in the same order, their keys.
    Member[] internal members;
    uint256[] internal keys;

    mapping(ICommittee => mapping(uint32 epoch => EpochMembers)) private _membersOfEpoch;
    mapping(ICommittee => mapping(uint32 epoch => uint256[])) private _keysOfEpoch;

    function setUp() public virtual {
        vm.warp(START);
        _deploy(4);
        _startEpoch(_ones(4));
    }

    /// @dev A new deployment, without an epoch: n is the same in all epochs of one.
    function _deploy(uint256 shards) internal virtual {
        committee = ICommittee(vm.deployCode("Committee.sol:Committee", abi.encode(address(this), shards)));
        ledger = _deployLedger();
    }

    function _deployLedger() internal returns (ILedger) {
        return ILedger(vm.deployCode("Ledger.sol:Ledger", abi.encode(committee, NOTICE, PROMISE)));
    }

    /// @dev One shard a member. No member's index is its shard, so that one cannot pass for the other.
    function _ones(uint256 count) internal pure returns (uint256[] memory sets) {
        sets = new uint256[](count);
        for (uint256 i = 0; i < count; i++) {
            sets[i] = 1 << ((i + 1) % count);
        }
    }

    /// @dev Sets of the given sizes, dealt in turns, so that a set of several shards has gaps.
    function _sets(uint256[] memory sizes) internal pure returns (uint256[] memory sets) {
        sets = new uint256[](sizes.length);
        uint256 total = _sum(sizes);
        uint256[] memory left = new uint256[](sizes.length);
        for (uint256 i = 0; i < sizes.length; i++) {
            left[i] = sizes[i];
        }
        uint256 turn = 0;
        for (uint256 shard = 0; shard < total; turn++) {
            uint256 i = turn % sizes.length;
            if (left[i] == 0) continue;
            left[i]--;
            sets[i] |= 1 << shard++;
        }
    }

    function _sum(uint256[] memory list) internal pure returns (uint256 sum) {
        for (uint256 i = 0; i < list.length; i++) {
            sum += list[i];
        }
    }

    function _popcount(uint256 set) internal pure returns (uint256 count) {
        for (; set > 0; set >>= 1) {
            count += set & 1;
        }
    }

    /// @dev The next epoch, with new keys and in a new block. Sets are given in the order of members.
    function _startEpoch(uint256[] memory sets) internal returns (uint32) {
        delete members;
        delete keys;
        for (uint256 i = 0; i < sets.length; i++) {
            // The order of secp256k1 is above 2^255: every number below that, but 0, is a key.
            uint256 key = uint256(keccak256(abi.encode("operator", committee.currentEpoch(), i))) >> 1;
            address signer = vm.addr(key);
            uint256 place = i;
            keys.push(key);
            members.push(Member({signer: signer, shards: sets[i]}));
            for (; place > 0 && members[place - 1].signer > signer; place--) {
                keys[place] = keys[place - 1];
                members[place].signer = members[place - 1].signer;
            }
            keys[place] = key;
            members[place].signer = signer;
        }
        return _startSame();
    }

    /// @dev The next epoch, with the members and keys of the latest.
    function _startSame() internal returns (uint32 epoch) {
        vm.roll(block.number + 1);
        epoch = committee.startEpoch(members, _endpoints(members.length));
        EpochMembers storage started = _membersOfEpoch[committee][epoch];
        started.seed = blockhash(block.number - 1);
        for (uint256 i = 0; i < members.length; i++) {
            started.members.push(members[i]);
            _keysOfEpoch[committee][epoch].push(keys[i]);
        }
    }

    /// @dev What is under an epoch's root; nothing for an epoch that has not started.
    function _membersOf(uint256 epoch) internal view returns (EpochMembers memory) {
        return _membersOfEpoch[committee][uint32(epoch)];
    }

    /// @dev What is under the root of the latest epoch.
    function _current() internal view returns (EpochMembers memory) {
        return _membersOf(committee.currentEpoch());
    }

    function _rootOfMembers(EpochMembers memory epochMembers) internal pure returns (bytes32) {
        return keccak256(abi.encode(epochMembers));
    }

    function _endpoints(uint256 count) internal pure returns (string[] memory endpoints) {
        endpoints = new string[](count);
        for (uint256 i = 0; i < count; i++) {
            endpoints[i] = string.concat("https://storage-", vm.toString(i), ".example");
        }
    }

    /// @dev A header with random fields, with a length that a batch can have, that stands if it is posted now.
    function _header(bytes32 seed, uint32 epoch) internal view returns (bytes memory) {
        uint256 random = uint256(keccak256(abi.encode(seed, "expiry")));
        return _headerUntil(seed, epoch, uint64(block.timestamp + NOTICE + random % (PROMISE - NOTICE + 1)));
    }

    function _headerUntil(bytes32 seed, uint32 epoch, uint64 expiry) internal pure returns (bytes memory) {
        return abi.encodePacked(
            keccak256(abi.encode(seed, "root")),
            uint32(1 + uint256(keccak256(abi.encode(seed, "length"))) % (1 << 27)),
            epoch,
            expiry,
            address(uint160(uint256(keccak256(abi.encode(seed, "disperser"))))),
            keccak256(abi.encode(seed, "content"))
        );
    }

    function _headers(bytes32 seed, uint32 epoch, uint256 count) internal view returns (bytes[] memory list) {
        list = new bytes[](count);
        for (uint256 i = 0; i < count; i++) {
            list[i] = _header(keccak256(abi.encode(seed, i)), epoch);
        }
    }

    function _pack(bytes[] memory list) internal pure returns (bytes memory packed) {
        uint256 length = 0;
        for (uint256 i = 0; i < list.length; i++) {
            length += list[i].length;
        }
        // Concatenation copies all that is before: 512 headers would take more memory than a test has.
        packed = new bytes(length);
        uint256 end = 0;
        for (uint256 i = 0; i < list.length; i++) {
            bytes memory part = list[i];
            assembly ("memory-safe") {
                mcopy(add(add(packed, 32), end), add(part, 32), mload(part))
            }
            end += part.length;
        }
    }

    function _domainSeparator(address verifier) internal view returns (bytes32) {
        bytes32 typeHash =
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        return keccak256(
            abi.encode(typeHash, keccak256(bytes("Floe")), keccak256(bytes("1")), block.chainid, verifier)
        );
    }

    function _digestOf(bytes memory header) internal view returns (bytes32) {
        bytes32 typeHash = keccak256(
            "Header(bytes32 root,uint32 length,uint32 epoch,uint64 expiry,address disperser,bytes32 contentHash)"
        );
        bytes32 structHash = keccak256(
            abi.encode(
                typeHash,
                _word(header, 0),
                uint256(_word(header, 32)) >> 224,
                uint256(_word(header, 36)) >> 224,
                uint256(_word(header, 40)) >> 192,
                uint256(_word(header, 48)) >> 96,
                _word(header, 68)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", _domainSeparator(address(ledger)), structHash));
    }

    function _attestationDigestOf(bytes32 headersRoot, bytes32 committeeRoot)
        internal
        view
        returns (bytes32)
    {
        bytes32 typeHash = keccak256("Attestation(bytes32 headersRoot,bytes32 committeeRoot)");
        bytes32 structHash = keccak256(abi.encode(typeHash, headersRoot, committeeRoot));
        return keccak256(abi.encodePacked(hex"1901", _domainSeparator(address(ledger)), structHash));
    }

    function _word(bytes memory data, uint256 offset) internal pure returns (bytes32 word) {
        require(offset + 32 <= data.length, "word outside");
        assembly ("memory-safe") {
            word := mload(add(add(data, 32), offset))
        }
    }

    /// @dev The root over digests at their positions and the path of one of them: a whole tree, level by level.
    function _tree(bytes32[] memory digests, uint256 index)
        internal
        pure
        returns (bytes32 root, bytes memory path)
    {
        uint256 width = 1;
        while (width < digests.length) width *= 2;
        bytes32[] memory level = new bytes32[](width);
        for (uint256 i = 0; i < digests.length; i++) {
            level[i] = digests[i];
        }
        for (; width > 1; width /= 2) {
            path = bytes.concat(path, level[index ^ 1]);
            for (uint256 i = 0; i < width / 2; i++) {
                level[i] = keccak256(bytes.concat(level[2 * i], level[2 * i + 1]));
            }
            index /= 2;
        }
        return (level[0], path);
    }

    /// @dev The root that a path leads to, as protocol §4 has it.
    function _climb(bytes32 node, uint256 index, bytes memory path) internal pure returns (bytes32) {
        for (uint256 i = 0; 32 * i < path.length; i++) {
            bytes32 sibling = _word(path, 32 * i);
            node = (index >> i) & 1 == 1
                ? keccak256(bytes.concat(sibling, node))
                : keccak256(bytes.concat(node, sibling));
        }
        return node;
    }

    function _rootOf(bytes[] memory list) internal view returns (bytes32 root) {
        (root,) = _tree(_digests(list), 0);
    }

    function _digests(bytes[] memory list) internal view returns (bytes32[] memory digests) {
        digests = new bytes32[](list.length);
        for (uint256 i = 0; i < list.length; i++) {
            digests[i] = _digestOf(list[i]);
        }
    }

    function _all() internal view returns (uint256) {
        return (1 << members.length) - 1;
    }

    /// @dev Compact signatures of the members in `signers` of an epoch over what the ledger says an attestation is.
    function _sign(bytes32 headersRoot, uint32 epoch, uint256 signers) internal view returns (bytes memory) {
        bytes32 committeeRoot = _rootOfMembers(_membersOf(epoch));
        return _signWith(
            _keysOfEpoch[committee][epoch], ledger.attestationDigest(headersRoot, committeeRoot), signers
        );
    }

    function _signWith(uint256[] memory with, bytes32 digest, uint256 signers)
        internal
        pure
        returns (bytes memory signatures)
    {
        for (uint256 i = 0; i < with.length; i++) {
            if ((signers >> i) & 1 == 1) signatures = bytes.concat(signatures, _signOne(with[i], digest));
        }
    }

    function _signOne(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 vs) = vm.signCompact(key, digest);
        return bytes.concat(r, vs);
    }

    /// @dev Posts headers of one epoch together.
    function _post(bytes[] memory list, uint32 epoch, uint256 signers) internal {
        bytes memory signatures = _sign(_rootOf(list), epoch, signers);
        ledger.post(_pack(list), _membersOf(epoch), signers, signatures);
    }

    /// @dev Posts a header of the latest epoch alone, signed by all: its index is then 0 and its path empty.
    function _postAlone(bytes memory header) internal {
        bytes[] memory list = new bytes[](1);
        list[0] = header;
        _post(list, committee.currentEpoch(), _all());
    }

    function _certificate(
        bytes memory header,
        uint256 index,
        bytes memory path,
        uint256 signers,
        bytes memory signatures
    ) internal pure returns (bytes memory) {
        return _certificate(header, index, path, _minimal(signers), signatures);
    }

    function _certificate(
        bytes memory header,
        uint256 index,
        bytes memory path,
        bytes memory signers,
        bytes memory signatures
    ) internal pure returns (bytes memory) {
        return bytes.concat(
            hex"016601",
            header,
            bytes2(uint16(index)),
            bytes1(uint8(path.length / 32)),
            path,
            bytes1(uint8(signers.length)),
            signers,
            signatures
        );
    }

    /// @dev The certificate of one of several headers that the given members attested to.
    function _certificateOf(bytes[] memory list, uint256 index, uint32 epoch, uint256 signers)
        internal
        view
        returns (bytes memory)
    {
        (bytes32 root, bytes memory path) = _tree(_digests(list), index);
        return _certificate(list[index], index, path, signers, _sign(root, epoch, signers));
    }

    /// @dev Big-endian without a leading zero byte.
    function _minimal(uint256 value) internal pure returns (bytes memory encoded) {
        for (; value > 0; value >>= 8) {
            encoded = bytes.concat(bytes1(uint8(value)), encoded);
        }
    }

    /// @dev The certificate of one header that the given members attested to alone.
    function _certify(bytes memory header, uint32 epoch, uint256 signers)
        internal
        view
        returns (bytes memory)
    {
        return _certificate(header, 0, "", signers, _sign(_digestOf(header), epoch, signers));
    }

    function _prefix(bytes memory data, uint256 length) internal pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i = 0; i < length; i++) {
            part[i] = data[i];
        }
    }

    function _flip(bytes memory data, uint256 index, uint8 mask)
        internal
        pure
        returns (bytes memory changed)
    {
        changed = bytes.concat(data);
        changed[index] ^= bytes1(mask);
    }
}
