// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Member} from "../types/Member.sol";
import {QuorumFlaw} from "../types/QuorumFlaw.sol";
import {Geometry} from "./Geometry.sol";

/// @title Whether a quorum of a committee signed a digest (protocol §5)
/// @notice The only place on L1 where signatures are checked, so that a second scheme has one place to go.
library Quorum {
    uint256 internal constant SIGNATURE_BYTES = 64;

    /// @dev Half the order of secp256k1: of the two values of s that fit one message only the lower is canonical.
    uint256 internal constant S_MAX = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @notice `keccak256(abi.encode(members))`, over the calldata as it stands: dirty bits give another hash.
    function membersHash(Member[] calldata members) internal pure returns (bytes32 hash) {
        // Word by word with checks, as `abi.encode` does it, costs 259 gas a member more (measured).
        assembly ("memory-safe") {
            let start := mload(0x40)
            let size := mul(members.length, 0x60)
            mstore(start, 0x20)
            mstore(add(start, 0x20), members.length)
            calldatacopy(add(start, 0x40), members.offset, size)
            hash := keccak256(start, add(size, 0x40))
        }
    }

    /// @notice Checks an attestation. Reverts for no signers and no signatures, whatever they are.
    /// @param members The members of the epoch, already checked against its root.
    /// @param digest What they signed.
    /// @param signers Bit i is set if member i signed.
    /// @param signatures 64 bytes a signer, in the order of members.
    /// @return flaw None if it holds.
    /// @return fact See {QuorumFlaw}.
    function check(Member[] calldata members, bytes32 digest, uint256 signers, bytes calldata signatures)
        internal
        pure
        returns (QuorumFlaw flaw, uint256 fact)
    {
        // A committee has at most 255 members, so the shift never reaches the width of the word.
        if (signers >> members.length != 0) return (QuorumFlaw.SignerOutside, members.length);

        uint256 shards = 0;
        uint256 signed = 0;
        uint256 end = 0;
        for (uint256 i = 0; i < members.length; i++) {
            Member calldata member = members[i];
            shards += member.shards;
            if ((signers >> i) & 1 == 0) continue;
            signed += member.shards;
            end += SIGNATURE_BYTES;
            if (end > signatures.length) continue;
            if (!_signedBy(member.signer, digest, signatures[end - SIGNATURE_BYTES:end])) {
                return (QuorumFlaw.BadSignature, i);
            }
        }

        if (end != signatures.length) return (QuorumFlaw.SignaturesLength, end);
        if (signed < Geometry.columns(shards)) return (QuorumFlaw.TooFewShards, signed);
        return (QuorumFlaw.None, signed);
    }

    /// @dev A call of ecrecover that runs out of gas reverts, and never counts as a bad signature.
    function _signedBy(address signer, bytes32 digest, bytes calldata signature) private pure returns (bool) {
        bytes32 r = bytes32(signature[:32]);
        uint256 yParityAndS = uint256(bytes32(signature[32:]));
        uint256 s = yParityAndS & (type(uint256).max >> 1);
        if (s > S_MAX) return false;
        address recovered = ecrecover(digest, uint8(yParityAndS >> 255) + 27, r, bytes32(s));
        return recovered != address(0) && recovered == signer;
    }
}
