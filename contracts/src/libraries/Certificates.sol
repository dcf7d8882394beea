// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Geometry} from "./Geometry.sol";
import {Headers} from "./Headers.sol";

/// @title The certificate of protocol §5, taken apart
/// @notice Accepts exactly one encoding of a certificate and reverts for none: what is not canonical is not one.
library Certificates {
    /// @dev Commitment type 0x01, Floe's byte 0x66, kind 0x01.
    bytes3 internal constant PREFIX = 0x016601;
    uint256 internal constant PATH_NODES_MAX = 16;
    uint256 internal constant SIGNERS_BYTES_MAX = 32;

    uint256 private constant HEADER_AT = 3;
    uint256 private constant PATH_AT = HEADER_AT + Headers.BYTES + 1;

    /// @notice Finds the parts of a certificate. Whether there is a signature for every signer is for {Quorum} to say.
    /// @return ok Whether the rest means anything.
    /// @return header 100 bytes.
    /// @return path 32 bytes a node.
    /// @return signers Bit i is set if member i signed; not zero.
    /// @return signatures Everything after the signers.
    function decode(bytes calldata certificate)
        internal
        pure
        returns (
            bool ok,
            bytes calldata header,
            bytes calldata path,
            uint256 signers,
            bytes calldata signatures
        )
    {
        header = path = signatures = certificate[0:0];
        if (certificate.length <= PATH_AT || bytes3(certificate[:HEADER_AT]) != PREFIX) {
            return (false, header, path, 0, signatures);
        }

        uint256 pathNodes = uint8(certificate[PATH_AT - 1]);
        uint256 pathEnd = PATH_AT + 32 * pathNodes;
        if (pathNodes > PATH_NODES_MAX || certificate.length <= pathEnd) {
            return (false, header, path, 0, signatures);
        }

        uint256 signersBytes = uint8(certificate[pathEnd]);
        uint256 signersEnd = pathEnd + 1 + signersBytes;
        if (signersBytes == 0 || signersBytes > SIGNERS_BYTES_MAX || certificate.length < signersEnd) {
            return (false, header, path, 0, signatures);
        }
        // A leading zero byte would be a second encoding of the same signers.
        if (certificate[pathEnd + 1] == 0) return (false, header, path, 0, signatures);

        header = certificate[HEADER_AT:PATH_AT - 1];
        // A header of a batch that cannot be is no header (protocol §1, §4).
        if (!Geometry.isLength(Headers.lengthOf(header)) || Headers.expiryOf(header) > Headers.EXPIRY_MAX) {
            return (false, header, path, 0, signatures);
        }

        path = certificate[PATH_AT:pathEnd];
        signers = uint256(bytes32(certificate[pathEnd + 1:signersEnd])) >> (8 * (32 - signersBytes));
        signatures = certificate[signersEnd:];
        ok = true;
    }
}
