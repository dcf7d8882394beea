// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittee} from "../../src/interfaces/ICommittee.sol";
import {ILedger} from "../../src/interfaces/ILedger.sol";
import {Member} from "../../src/types/Member.sol";
import {Test} from "./Test.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @notice A committee whose keys the test holds, a ledger over it, and encoders of headers and certificates that share
/// no code with what they test.
abstract contract Fixture is Test {
    ICommittee internal committee;
    ILedger internal ledger;

    /// @dev The latest epoch's members and, in the same order, their keys.
    Member[] internal members;
    uint256[] internal keys;

    function setUp() public virtual {
        committee = ICommittee(vm.deployCode("Committee.sol:Committee", abi.encode(address(this))));
        ledger = _deployLedger();
        _startEpoch(_ones(4));
    }

    function _deployLedger() internal returns (ILedger) {
        return ILedger(vm.deployCode("Ledger.sol:Ledger", abi.encode(committee)));
    }

    function _ones(uint256 count) internal pure returns (uint16[] memory shards) {
        shards = new uint16[](count);
        for (uint256 i = 0; i < count; i++) {
            shards[i] = 1;
        }
    }

    /// @dev The next epoch, with new keys. Shards are given in the order of members.
    function _startEpoch(uint16[] memory shards) internal returns (uint32) {
        delete members;
        delete keys;
        for (uint256 i = 0; i < shards.length; i++) {
            // The order of secp256k1 is above 2^255: every number below that, but 0, is a key.
            uint256 key = uint256(keccak256(abi.encode("operator", committee.currentEpoch(), i))) >> 1;
            address signer = vm.addr(key);
            uint256 place = i;
            keys.push(key);
            members.push(Member({signer: signer, shards: shards[i], stake: uint128(i)}));
            for (; place > 0 && members[place - 1].signer > signer; place--) {
                keys[place] = keys[place - 1];
                members[place].signer = members[place - 1].signer;
            }
            keys[place] = key;
            members[place].signer = signer;
        }
        return committee.startEpoch(members, _endpoints(shards.length));
    }

    function _endpoints(uint256 count) internal pure returns (string[] memory endpoints) {
        endpoints = new string[](count);
        for (uint256 i = 0; i < count; i++) {
            endpoints[i] = string.concat("https://storage-", vm.toString(i), ".example");
        }
    }

    /// @dev A header with random fields and a length that a batch can have.
    function _header(bytes32 seed, uint32 epoch) internal pure returns (bytes memory) {
        return abi.encodePacked(
            keccak256(abi.encode(seed, "root")),
            uint32(1 + uint256(keccak256(abi.encode(seed, "length"))) % (1 << 27)),
            epoch,
            uint64(uint256(keccak256(abi.encode(seed, "expiry"))) >> 203),
            address(uint160(uint256(keccak256(abi.encode(seed, "disperser"))))),
            keccak256(abi.encode(seed, "content"))
        );
    }

    function _headers(bytes32 seed, uint32 epoch, uint256 count) internal pure returns (bytes[] memory list) {
        list = new bytes[](count);
        for (uint256 i = 0; i < count; i++) {
            list[i] = _header(keccak256(abi.encode(seed, i)), epoch);
        }
    }

    function _pack(bytes[] memory list) internal pure returns (bytes memory packed) {
        for (uint256 i = 0; i < list.length; i++) {
            packed = bytes.concat(packed, list[i]);
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

    function _attestationDigestOf(bytes32 headersRoot, uint32 epoch) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("Attestation(bytes32 headersRoot,uint32 epoch)");
        bytes32 structHash = keccak256(abi.encode(typeHash, headersRoot, epoch));
        return keccak256(abi.encodePacked(hex"1901", _domainSeparator(address(ledger)), structHash));
    }

    function _word(bytes memory data, uint256 offset) internal pure returns (bytes32 word) {
        for (uint256 i = 0; i < 32; i++) {
            word = (word << 8) | bytes32(uint256(uint8(data[offset + i])));
        }
    }

    /// @dev The root over digests from the top down, and the path of one of them. Every subtree on the left is perfect.
    function _tree(bytes32[] memory digests, uint256 index)
        internal
        pure
        returns (bytes32 root, bytes32[] memory path)
    {
        if (digests.length == 1) return (digests[0], new bytes32[](0));
        uint256 split = 1;
        while (2 * split < digests.length) split *= 2;
        bytes32[] memory left = _slice(digests, 0, split);
        bytes32[] memory right = _slice(digests, split, digests.length);

        bool inLeft = index < split;
        (bytes32 leftRoot, bytes32[] memory leftPath) = _tree(left, inLeft ? index : 0);
        (bytes32 rightRoot, bytes32[] memory rightPath) = _tree(right, inLeft ? 0 : index - split);
        root = Hashes.commutativeKeccak256(leftRoot, rightRoot);
        path = inLeft ? _append(leftPath, rightRoot) : _append(rightPath, leftRoot);
    }

    function _slice(bytes32[] memory list, uint256 from, uint256 to)
        private
        pure
        returns (bytes32[] memory part)
    {
        part = new bytes32[](to - from);
        for (uint256 i = 0; i < part.length; i++) {
            part[i] = list[from + i];
        }
    }

    function _append(bytes32[] memory list, bytes32 last) private pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i = 0; i < list.length; i++) {
            longer[i] = list[i];
        }
        longer[list.length] = last;
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

    /// @dev Compact signatures of the members in `signers` over what the ledger says an attestation is.
    function _sign(bytes32 headersRoot, uint32 epoch, uint256 signers)
        internal
        view
        returns (bytes memory signatures)
    {
        bytes32 digest = ledger.attestationDigest(headersRoot, epoch);
        for (uint256 i = 0; i < keys.length; i++) {
            if ((signers >> i) & 1 == 0) continue;
            (bytes32 r, bytes32 vs) = vm.signCompact(keys[i], digest);
            signatures = bytes.concat(signatures, r, vs);
        }
    }

    function _certificate(
        bytes memory header,
        bytes32[] memory path,
        uint256 signers,
        bytes memory signatures
    ) internal pure returns (bytes memory) {
        return _certificate(header, path, _minimal(signers), signatures);
    }

    function _certificate(
        bytes memory header,
        bytes32[] memory path,
        bytes memory signers,
        bytes memory signatures
    ) internal pure returns (bytes memory) {
        return bytes.concat(
            hex"016601",
            header,
            bytes1(uint8(path.length)),
            abi.encodePacked(path),
            bytes1(uint8(signers.length)),
            signers,
            signatures
        );
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
        bytes memory signatures = _sign(_digestOf(header), epoch, signers);
        return _certificate(header, new bytes32[](0), signers, signatures);
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
