// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Member} from "../types/Member.sol";
import {QuorumFlaw} from "../types/QuorumFlaw.sol";
import {Geometry} from "./Geometry.sol";
import {Members} from "./Members.sol";
import {Signatures} from "./Signatures.sol";

/// @title Whether a quorum of a committee signed a digest (protocol §5)
/// @notice The only place on L1 where a quorum is counted, so that a second scheme has one place to go.
library Quorum {
    /// @notice Checks an attestation. Reverts for no signers and no signatures, whatever they are.
    /// @param members The members of the epoch, already checked against its root.
    /// @param shards n, the shards of the committee.
    /// @param digest What they signed.
    /// @param signers Bit i is set if member i signed.
    /// @param signatures 64 bytes a signer, in the order of members.
    /// @return flaw None if it holds.
    /// @return fact See {QuorumFlaw}.
    function check(
        Member[] calldata members,
        uint256 shards,
        bytes32 digest,
        uint256 signers,
        bytes calldata signatures
    ) internal pure returns (QuorumFlaw flaw, uint256 fact) {
        // A committee has at most 255 members, so the shift never reaches the width of the word.
        if (signers >> members.length != 0) return (QuorumFlaw.SignerOutside, members.length);

        uint256 signed = 0;
        uint256 end = 0;
        for (uint256 i = 0; i < members.length; i++) {
            if ((signers >> i) & 1 == 0) continue;
            Member calldata member = members[i];
            signed |= member.shards;
            end += Signatures.BYTES;
            if (end > signatures.length) continue;
            if (!Signatures.isBy(member.signer, digest, signatures[end - Signatures.BYTES:end])) {
                return (QuorumFlaw.BadSignature, i);
            }
        }

        if (end != signatures.length) return (QuorumFlaw.SignaturesLength, end);
        uint256 count = Members.count(signed);
        if (count < Geometry.columns(shards)) return (QuorumFlaw.TooFewShards, count);
        return (QuorumFlaw.None, count);
    }
}
