// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Compact signatures over secp256k1 (EIP-2098; protocol §4)
library Signatures {
    uint256 internal constant BYTES = 64;

    /// @dev Half the order of secp256k1: of the two values of s that fit one message only the lower is canonical.
    uint256 internal constant S_MAX = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @notice Whether a signature of 64 bytes over a digest recovers to a key; bytes of another length do not.
    /// @dev A call of ecrecover that runs out of gas reverts, and never counts as a bad signature.
    function isBy(address signer, bytes32 digest, bytes calldata signature) internal pure returns (bool) {
        if (signature.length != BYTES) return false;
        bytes32 r = bytes32(signature[:32]);
        uint256 yParityAndS = uint256(bytes32(signature[32:]));
        uint256 s = yParityAndS & (type(uint256).max >> 1);
        if (s > S_MAX) return false;
        address recovered = ecrecover(digest, uint8(yParityAndS >> 255) + 27, r, bytes32(s));
        return recovered != address(0) && recovered == signer;
    }
}
