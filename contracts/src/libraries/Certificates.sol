// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Geometry} from "./Geometry.sol";
import {Headers} from "./Headers.sol";
import {Members} from "./Members.sol";
import {Signatures} from "./Signatures.sol";

/// @title The certificate of protocol §5, taken apart
/// @notice Accepts exactly one encoding of a certificate and reverts for none: what is not canonical is not one.
library Certificates {
    /// @dev Commitment type 0x01, Floe's byte 0x66, kind 0x01.
    bytes3 internal constant PREFIX = 0x016601;
    uint256 internal constant SIGNERS_BYTES_MAX = 32;

    uint256 private constant HEADER_AT = 3;
    uint256 private constant INDEX_AT = HEADER_AT + Headers.BYTES;
    uint256 private constant PATH_AT = INDEX_AT + 3;

    /// @dev A certificate in parts.
    struct Decoded {
        uint256 index;
        uint256 signers;
    }

    /// @notice Finds the parts of a certificate. Whether the signatures hold is for {Quorum} to say.
    /// @return ok Whether the rest means anything.
    /// @return decoded The header's position under the headersRoot, and the signers: bit i is set if member i signed; not zero.
    /// @return header 100 bytes.
    /// @return path 32 bytes a node.
    /// @return signatures 64 bytes a signer.
    function decode(bytes calldata certificate)
        internal
        pure
        returns (
            bool ok,
            Decoded memory decoded,
            bytes calldata header,
            bytes calldata path,
            bytes calldata signatures
        )
    {
        header = path = signatures = certificate[0:0];
        if (certificate.length <= PATH_AT || bytes3(certificate[:HEADER_AT]) != PREFIX) {
            return (false, decoded, header, path, signatures);
        }

        uint256 pathEnd = PATH_AT + 32 * uint256(uint8(certificate[PATH_AT - 1]));
        if (certificate.length <= pathEnd) return (false, decoded, header, path, signatures);
        uint256 signersBytes = uint8(certificate[pathEnd]);
        uint256 signersEnd = pathEnd + 1 + signersBytes;
        if (signersBytes == 0 || signersBytes > SIGNERS_BYTES_MAX || certificate.length < signersEnd) {
            return (false, decoded, header, path, signatures);
        }

        decoded.index = uint16(bytes2(certificate[INDEX_AT:PATH_AT - 1]));
        decoded.signers = uint256(bytes32(certificate[pathEnd + 1:signersEnd])) >> (8 * (32 - signersBytes));
        header = certificate[HEADER_AT:INDEX_AT];
        path = certificate[PATH_AT:pathEnd];
        signatures = certificate[signersEnd:];
        // A leading zero byte would be a second encoding of the same signers, and so would bytes behind the signatures.
        ok = certificate[pathEnd + 1] != 0 && Headers.isPlace(decoded.index, path)
            && signatures.length == Signatures.BYTES * Members.count(decoded.signers) && _isHeader(header);
    }

    /// @dev A header of a batch that cannot be is no header (protocol §1, §4).
    function _isHeader(bytes calldata header) private pure returns (bool) {
        return Geometry.isLength(Headers.lengthOf(header)) && Headers.expiryOf(header) <= Headers.EXPIRY_MAX;
    }
}
